"""A conversation in which the model calls a function of yours, until it has its answer."""

from openai_oxide import OpenAI, tool


@tool
def get_temperature(city: str) -> int:
    """The temperature of a city, in degrees Celsius."""
    return 4 if city == "Oslo" else 21


client = OpenAI()
messages = [{"role": "user", "content": "Where is it warmer, Zürich or Oslo?"}]

run = client.chat.completions.run_tools(model="gpt-5.4-mini", messages=messages, tools=[get_temperature])
for step in run.steps:
    if step.type == "tool":
        print(f"{step.name}: {step.output}")
print(run.completion.choices[0].message.content)
