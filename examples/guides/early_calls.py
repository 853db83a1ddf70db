"""Function calls handed over while the answer still streams: the work starts before the model has finished."""

from openai_oxide import OpenAI

client = OpenAI()
weather = {
    "type": "function",
    "name": "get_weather",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}

calls = client.responses.create_stream_fc(model="gpt-5.4-mini", input="Weather in Zürich and Oslo?", tools=[weather])
for call in calls:
    print(f"{call.name} for {call.parsed['city']}")
response = calls.get_final_response()
print(f"{len(response.output)} calls in all")
