"""The README's examples of signing an identity, run as they stand there."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.moments import now
from app.widget.tables import Widget
from tests.databases import ON_SQLITE

README = Path(__file__).parents[2] / "README.md"
NODE = shutil.which("node") or ""
LANGUAGES = {
    "python": (sys.executable, "-c", "import json\nprint(parley_signature(*json.loads(INPUT)))"),
    "javascript": (NODE, "-e", "\nconsole.log(parleySignature(...JSON.parse(INPUT)));"),
}


def example(language):
    [code] = re.findall(rf"```{language}\n(.*?)```", README.read_text(), re.DOTALL)
    return code


@pytest.mark.parametrize("language", LANGUAGES)
@ON_SQLITE
async def test_the_server_accepts_what_the_example_signs(as_nobody, shop, language):
    command, option, last = LANGUAGES[language]
    assert command, "Node is missing; Parley is set up with npm, which comes with it."
    await Widget.update({Widget.identity_secret: "a-secret"}).where(Widget.id == shop.id)
    person = {
        "external_id": "kund-4711 å\U0001f600",
        "name": "Måns Ödegård, “M”",
        "email": "",
        "exp": int(now().timestamp()) + 3600,
    }
    given = json.dumps(json.dumps(["a-secret", "shop", person]))
    name = "INPUT = " if language == "python" else "const INPUT = "
    code = f"{name}{given}\n{example(language)}{last}"

    ran = subprocess.run(  # noqa: ASYNC221 - a moment, in a test
        [command, option, code], capture_output=True, text=True, timeout=30, check=True
    )
    answer = await as_nobody.put(
        "/widget/shop/identity", data=person | {"signature": ran.stdout.strip(), "begin": "yes"}
    )

    assert answer.status_code == 200, answer.text
