"""What is said of a call: made of its name, and by hand where the name does not tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from openai_oxide_codegen.emit.wording import reference, sentence
from openai_oxide_codegen.load import load
from openai_oxide_codegen.model import Spec

SAID = {
    "chat.completions.create": "Creates a chat completion",
    "responses.input_items.list": "Lists the input items of a response",
    "beta.responses.retrieve": "Fetches a response",  # though its path ends with a query
    "fine_tuning.jobs.list_events": "Lists the events of a fine-tuning job",
    "admin.organization.admin_api_keys.create": "Creates an admin API key",
    "admin.organization.users.list": "Lists users",
    "admin.organization.users.retrieve": "Fetches a user",
    "admin.organization.external_storage.create": "Creates external storage",
    "admin.organization.data_retention.update": "Changes the data retention",  # of which there is one
    "admin.organization.projects.hosted_tool_permissions.retrieve": "Fetches the hosted tool permissions of a project",
    "batches.cancel": "Cancels a batch",
    "files.create": "Uploads a file",  # by hand
}


@pytest.fixture(scope="module")
def spec() -> Spec:
    return load(Path(__file__).parents[2] / "spec")


def test_sentences(spec: Spec) -> None:
    said = {method.id: sentence(resource, method) for resource, method in spec.all_methods()}
    assert {identity: said[identity] for identity in SAID} == SAID


def test_no_call_is_left_with_a_name_that_tells_nothing(spec: Spec) -> None:
    """A method that ends up here needs a `doc` in spec/resources."""
    assert [m.id for r, m in spec.all_methods() if sentence(r, m).startswith("Calls `")] == []


def test_the_reference_follows_the_resources(spec: Spec) -> None:
    resource, method = next((r, m) for r, m in spec.all_methods() if m.id == "chat.completions.create")
    address = "https://developers.openai.com/api/reference/resources/chat/subresources/completions/methods/create"
    assert reference(resource, method) == address
