"""A chat completion as it is written: text piece by piece, then the whole."""

from openai_oxide import OpenAI

client = OpenAI()
messages = [{"role": "user", "content": "Write a haiku about rust."}]

with client.chat.completions.stream(model="gpt-5.4-mini", messages=messages) as stream:
    for event in stream:
        if event.type == "content.delta":
            print(event.delta, end="", flush=True)
        elif event.type == "content.done":
            print()
    completion = stream.get_final_completion()
print(f"finished: {completion.choices[0].finish_reason}")
