"""An answer as a value of your own type: here a pydantic model; dataclasses and TypedDicts do as well."""

from pydantic import BaseModel

from openai_oxide import OpenAI


class Step(BaseModel):
    explanation: str
    output: str


class MathAnswer(BaseModel):
    steps: list[Step]
    final_answer: str


client = OpenAI()
messages = [{"role": "user", "content": "Solve 8x + 31 = 2."}]

completion = client.chat.completions.parse(model="gpt-5.4-mini", messages=messages, response_format=MathAnswer)
message = completion.choices[0].message
if message.parsed:
    for step in message.parsed.steps:
        print(f"{step.explanation}: {step.output}")
    print(f"answer: {message.parsed.final_answer}")
else:
    print(f"refused: {message.refusal}")
