"""A web process with nothing but the live socket, and a topic to publish on.

Prints its port and a token, then obeys lines of JSON: ``{"publish": n}`` sends n rounds
on every topic at five a second; ``{"measure": true}`` answers CPU seconds and memory.
"""

import asyncio
import json
import os
import resource
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import django

TOPICS = [f"bench:{number}" for number in range(5)]
EVERY_S = 0.2
PADDING = "x" * 200  # a ticker's length


def main() -> None:
    django.setup()
    import uvicorn
    from channels.routing import ProtocolTypeRouter
    from django.core.management import call_command

    from apps.common.live import topics
    from apps.common.live.routing import websocket

    call_command("migrate", verbosity=0)
    topics.register(
        "bench", allowed=lambda user, key: True, snapshot=lambda user, key: {"t": 0}
    )
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    config = uvicorn.Config(
        ProtocolTypeRouter({"websocket": websocket}), lifespan="off", log_config=None
    )
    server = uvicorn.Server(config)
    port = listener.getsockname()[1]
    say({"port": port, "token": token()})
    threading.Thread(target=obey, args=(server,), daemon=True).start()
    asyncio.run(server.serve([listener]))


def token() -> str:
    from django.contrib.auth import get_user_model
    from rest_framework_simplejwt.tokens import RefreshToken

    user = get_user_model().objects.create_user("bench")
    return str(RefreshToken.for_user(user).access_token)


def obey(server: Any) -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        if "publish" in asked:
            publish_rounds(asked["publish"])
        say(measured())
    server.should_exit = True


def publish_rounds(rounds: int) -> None:
    from apps.common.live.publish import publish

    due = time.monotonic()
    for _ in range(rounds):
        for topic in TOPICS:
            publish(topic, {"t": time.time_ns(), "padding": PADDING})
        due += EVERY_S
        time.sleep(max(0.0, due - time.monotonic()))


def measured() -> dict[str, float]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {
        "cpu_s": used.ru_utime + used.ru_stime,
        "rss_kb": pages * os.sysconf("SC_PAGE_SIZE") / 1024,
    }


def say(message: dict[str, Any]) -> None:
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main()
