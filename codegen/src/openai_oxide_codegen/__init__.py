"""The generator of openai-oxide: load spec/ → check → freeze → emit → format → write.

`model` is the frozen description every emitter reads; `load` builds it from YAML; `emit/` holds one emitter per
output; `generate` formats and writes; `sync/` rewrites spec/ from the official Python package.
"""
