"""The made-up spec of the golden tests: `spec()`; small, and full of naming traps."""

from __future__ import annotations

from openai_oxide_codegen.model import (
    Alias, Const, ErrorClass, ErrorKind, Field, ListOf, MapOf, Method, Module, Nullable, Object, Page, Param, Ref, Resource,
    Scalar, Spec, Union,
)

S, I, N, B, ANY = (Scalar(k) for k in ("string", "integer", "number", "boolean", "any"))


def spec() -> Spec:
    cat = Module("zoo.cat", (
        Object("zoo.cat", "Toy", (Field("name", "name", S, True),), "response"),
        Object("zoo.cat", "Cat", (
            Field("type", "type", Const(("cat",)), True),
            Field("from_", "from", S, True),
            Field("class_", "class", Nullable(S), True),
            Field("toys", "toys", Nullable(ListOf(Ref("zoo.cat", "Toy"))), False),
            Field("mood", "mood", Const(("happy", "self", "3d", "a.b", "in-out"), open=True), False),
            Field("kittens", "kittens", ListOf(Ref("zoo.cat", "Cat")), False),
            Field("meta", "meta", MapOf(ANY), False),
        ), "response"),
    ), ("Cat", "Toy"))
    dog = Module("zoo.dog", (
        Object("zoo.dog", "Toy", (Field("size", "size", N, False),), "response"),
        Object("zoo.dog", "Dog", (Field("type", "type", Const(("dog",)), True), Field("toy", "toy", Ref("zoo.dog", "Toy"), False)), "response"),
    ), ("Dog", "Toy"))
    animal = Module("zoo.animal", (
        Alias("zoo.animal", "Animal", Union((Ref("zoo.cat", "Cat"), Ref("zoo.dog", "Dog")), "type"), "response"),
    ), ("Animal",))
    base = "zoo.animal_create_params"
    params = Module(base, (
        Object(base, "AnimalCreateParamsBase", (Field("name", "name", S, True), Field("in_", "in", Union((S, ListOf(S))), False)), "request"),
        Object(base, "AnimalCreateParamsNonStreaming", (Field("stream", "stream", Nullable(Const((False,))), False),), "request", (Ref(base, "AnimalCreateParamsBase"),)),
        Object(base, "AnimalCreateParamsStreaming", (Field("stream", "stream", Const((True,)), True),), "request", (Ref(base, "AnimalCreateParamsBase"),)),
        Alias(base, "AnimalCreateParams", Union((Ref(base, "AnimalCreateParamsNonStreaming"), Ref(base, "AnimalCreateParamsStreaming"))), "request"),
    ), ("AnimalCreateParams", "AnimalCreateParamsNonStreaming", "AnimalCreateParamsStreaming"))
    animals = Resource(("zoo", "animals"), "Animals", "zoo.animals", (
        Method("create", "zoo.animals.create", "POST", "/zoo/animals", (
            Param("name", "name", S, True, "body"),
            Param("in_", "in", Union((S, ListOf(S))), False, "body"),
            Param("stream", "stream", Nullable(Union((Const((False,)), Const((True,))))), False, "body"),
        ), "json", Ref(base, "AnimalCreateParams"), Ref("zoo.animal", "Animal"), "optional", Ref("zoo.animal", "Animal"), "done"),
        Method("retrieve", "zoo.animals.retrieve", "GET", "/zoo/animals/{animal_id}", (Param("animal_id", "animal_id", S, True, "path"),), "none", None, Ref("zoo.animal", "Animal")),
        Method("list", "zoo.animals.list", "GET", "/zoo/animals", (Param("after", "after", S, False, "query"),), "none", None, page="CursorPage", page_item=Ref("zoo.animal", "Animal")),
        Method("delete", "zoo.animals.delete", "DELETE", "/zoo/animals/{animal_id}", (Param("animal_id", "animal_id", S, True, "path"),), "none"),
    ))
    zoo = Resource(("zoo",), "Zoo", "zoo.zoo", (), (animals,))
    errors = (
        ErrorKind("connection", "APIConnectionError", "APIConnectionError"),
        ErrorKind("rate_limit", "RateLimitError", "RateLimitError", status=429),
        ErrorKind("internal_server", "InternalServerError", "InternalServerError", status_min=500),
        ErrorKind("status", "APIStatusError", "APIError", fallback=True),
    )
    modules = {m.path: m for m in (animal, params, cat, dog)}
    tree = (ErrorClass("OpenAIError", "Exception"), ErrorClass("APIError", "OpenAIError"))
    return Spec("0.0.0", (zoo,), modules, {"zoo": {"Cat": Ref("zoo.cat", "Cat"), "Dog": Ref("zoo.dog", "Dog"), "Animal": Ref("zoo.animal", "Animal"), "AnimalCreateParams": Ref(base, "AnimalCreateParams")}}, errors, {"python": tree, "node": tree}, {"CursorPage": Page("CursorPage", next_param="after", next_from="data[-1].id", more="has_more")}, names={"rust": {}, "python": {}, "node": {}})
