"""A call that is asked again beside itself when its answer is late; the first answer counts."""

from openai_oxide import Hedge, OpenAI

client = OpenAI().with_options(hedge=Hedge(delay=0.25))

answer = client.responses.with_raw_response.create(model="gpt-5.4-mini", input="What is 2 + 2?")
print(answer.parse().output_text)
if answer.hedge:
    print(f"request {answer.hedge['winner'] + 1} of {answer.hedge['started']} won")
