"""The quickstart in Python: one answer, one stream, one embedding. Needs OPENAI_API_KEY, or `nox -s quickstart`."""

import os

from openai_oxide import OpenAI

model = os.environ.get("QUICKSTART_MODEL", "gpt-5.4-mini")
embedder = os.environ.get("QUICKSTART_MODEL", "text-embedding-3-small")
client = OpenAI()

response = client.responses.create(model=model, input="Say hello in one short sentence.", max_output_tokens=24)
print(response.output_text)

stream = client.chat.completions.create(
    model=model,
    messages=[{"role": "user", "content": "Count from one to five."}],
    max_tokens=24,
    stream=True,
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
print()

vector = client.embeddings.create(model=embedder, input="hello").data[0].embedding
print(f"{len(vector)} numbers")
