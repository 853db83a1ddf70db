"""The hub of the running event loop: where finished native work becomes readable for it.

A hub lives as long as its loop: it is kept on the loop itself. Loops that cannot watch a descriptor (the proactor loop
of Windows) receive on a socket instead; the effect is the same.
"""

from __future__ import annotations

import asyncio

from ._native import Hub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

running_loop = asyncio.get_running_loop


def hub_of(loop: Any) -> Hub:
    """The loop's hub. A forked child gets one of its own: a lock of the inherited one may be held for ever."""
    try:
        hub = loop._openai_oxide_hub
    except AttributeError:
        return _attach(loop)
    return hub if hub.is_here() else _attach(loop)


def _attach(loop: Any) -> Hub:
    hub = Hub()
    try:
        loop.add_reader(hub.fileno(), hub.drain)
    except NotImplementedError:
        hub = Hub(sockets=True)
        loop._openai_oxide_receiver = loop.create_task(_receive(loop, hub))
    loop._openai_oxide_hub = hub
    return hub


async def _receive(loop: Any, hub: Hub) -> None:
    import socket

    watched = socket.socket(fileno=hub.fileno())
    watched.setblocking(False)
    try:
        while True:
            await loop.sock_recv(watched, 64)
            hub.drain()
    finally:
        watched.detach()  # the hub closes it
        del loop._openai_oxide_hub  # whoever calls after this needs a new receiver
