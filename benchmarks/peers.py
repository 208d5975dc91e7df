"""Peers live in an environment of their own, made when a benchmark first needs it."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ENVIRONMENT = HERE / ".peers"
PINNED = HERE / "peers.txt"
STAMP = ENVIRONMENT / "installed.sha256"


def run_peer(script: str, *arguments: str) -> Any:
    """The JSON that ``benchmarks/SCRIPT`` prints, run by the peers' own Python.

    Raises CalledProcessError when the peer cannot be installed or fails.
    """
    command = [str(peer_python()), str(HERE / script), *arguments]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(answer.stdout)


def peer_python() -> Path:
    """The environment's interpreter, installed anew when ``peers.txt`` has changed."""
    python = ENVIRONMENT / "bin" / "python"
    wanted = hashlib.sha256(PINNED.read_bytes()).hexdigest()
    if not STAMP.exists() or STAMP.read_text() != wanted:
        _call(sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT))
        _call(
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
            "--requirement",
            str(PINNED),
        )
        STAMP.write_text(wanted)
    return python


def _call(*command: str) -> None:
    subprocess.run(command, check=True, stdout=sys.stderr)
