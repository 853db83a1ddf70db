"""The drop-in namespace and the names it takes over."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from conftest import CHAT, KEY, Server, run_python

import openai_oxide
from openai_oxide import compat


def test_it_has_the_names_of_the_package() -> None:
    for name in compat.__all__:
        assert getattr(compat, name) is not None
    assert compat.RateLimitError is openai_oxide.RateLimitError
    assert compat.Client is compat.OpenAI
    assert issubclass(compat.AsyncClient, openai_oxide.AsyncOpenAI)


def test_install_takes_the_name_over() -> None:
    done = run_python(
        "import openai_oxide.compat; openai_oxide.compat.install(); openai_oxide.compat.install()\n"
        "import openai, openai.types.chat, openai._exceptions\n"
        "from openai import OpenAI, types\n"
        "from openai.types.chat import ChatCompletion\n"
        "import openai_oxide\n"
        "assert openai is openai_oxide.compat\n"
        "assert ChatCompletion is openai_oxide.types.chat.ChatCompletion\n"
        "assert openai._exceptions.RateLimitError is openai.RateLimitError\n"
        "assert openai_oxide.types.chat.__spec__.name == 'openai_oxide.types.chat'\n"
        "try: import openai.nothing\n"
        "except ModuleNotFoundError: print('ok')\n"
    )
    assert (done.stdout, done.stderr) == ("ok\n", "")


def test_install_after_openai_says_so() -> None:
    done = run_python(
        "import sys, types; sys.modules['openai'] = types.ModuleType('openai')\n"
        "import openai_oxide.compat\n"
        "try: openai_oxide.compat.install()\n"
        "except RuntimeError as error: print(error)\n"
    )
    assert "before" in done.stdout


def test_a_program_runs_with_the_name_taken_over(server: Server, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    (tmp_path / "neighbour.py").write_text("VALUE = 5")
    program.write_text(
        "import sys, openai, neighbour\n"
        "client = openai.OpenAI()\n"
        "print(client.chat.completions.create(model='m', messages=[]).id, sys.argv[1:], neighbour.VALUE, openai.__name__)\n"
    )
    environment = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.url}
    done = subprocess.run(
        [sys.executable, "-m", "openai_oxide.compat", str(program), "a", "b"],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("c1 ['a', 'b'] 5 openai_oxide.compat\n", "")


def test_the_module_level_client(server: Server) -> None:
    server.handler = lambda request: request.connection.reply(CHAT)
    done = run_python(
        "import sys, openai_oxide.compat as openai\n"
        "openai.api_key, openai.base_url = 'sk-module', sys.argv[1]\n"
        "print(openai.chat.completions.create(model='m', messages=[]).id)\n"
        "openai.api_key = 'sk-later'\n"
        "openai.chat.completions.create(model='m', messages=[])\n",
        server.url,
    )
    assert (done.stdout, done.stderr) == ("c1\n", "")
    assert server.requests[0].headers["authorization"] == "Bearer sk-module"
    assert server.requests[1].headers["authorization"] == "Bearer sk-later"
    done = run_python(
        "import sys, openai_oxide.compat as openai\n"
        "openai.admin_api_key, openai.base_url = 'sk-admin', sys.argv[1]\n"
        "openai.admin.organization.projects.list()\n",
        server.url,
    )
    assert (done.stdout, done.stderr) == ("", "")
    assert server.requests[2].headers["authorization"] == "Bearer sk-admin"
