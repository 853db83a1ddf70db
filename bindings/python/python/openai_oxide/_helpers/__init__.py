"""Hand-written methods of generated resources: those that make several calls. The generated class names its mixin.

Each is written once, as a generator that yields its calls and its pauses; `steps` runs it with or without an event loop.
"""
