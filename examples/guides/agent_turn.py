"""One turn of a hosted agent: its words as they come, a function of yours that it calls, and what the turn came to."""

from openai_oxide import OpenAI


def get_temperature(arguments: dict) -> str:
    return "4" if arguments["city"] == "Oslo" else "21"


client = OpenAI()
sessions = client.beta.agents.sessions
handlers = {"get_temperature": get_temperature}

with sessions.stream("sess_1", input="How warm is it in Oslo?", tool_handlers=handlers) as turn:
    turn.with_result_collection()
    for event in turn:
        if event.type == "agent.session.turn.output_text.delta":
            print(event.delta)
    print(turn.get_final_result().output_text)
