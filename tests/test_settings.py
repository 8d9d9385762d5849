from pathlib import Path

import pytest

from app.settings import Settings, SettingsError, env_name, load_settings

README = Path(__file__).parents[1] / "README.md"


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_is_named_and_explained_in_the_readme(field):
    rows = [line for line in README.read_text().splitlines() if line.startswith("| `")]

    [explained] = [row for row in rows if f"`{env_name(field)}`" in row.split("|")[1]]
    assert len(explained.split("|")[-2].strip()) > 10


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_says_in_one_line_what_it_is(field):
    description = Settings.model_fields[field].description

    assert description.endswith(".")
    assert "\n" not in description


@pytest.mark.parametrize(
    ("field", "value"),
    [("data", "/tmp/x"), ("port", "9000"), ("limit_sign_in", "3"), ("demo", "true")],
)
def test_a_setting_is_read_from_its_variable(monkeypatch, field, value):
    monkeypatch.setenv(env_name(field), value)

    assert str(getattr(load_settings(), field)).lower() == value


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("PORT", "ninety", "integer"),
        ("PORT", "70000", "65535"),
        ("DATABASE_URL", "mysql://localhost/parley", "postgres://"),
        ("PARLEY_REDIS_URL", "localhost:6379", "redis://"),
        ("PARLEY_BASE_URL", "chat.example", "such as https://chat.example"),
        ("PARLEY_LOG_LEVEL", "loud", "debug, info, warning or error"),
        ("PARLEY_MESSAGE_LENGTH", "8001", "less than or equal to 8000"),  # what is shown, too
        ("PARLEY_LIMIT_MESSAGES", "0", "greater than or equal to 1"),
        ("PARLEY_HEARTBEAT_SECONDS", "soon", "number"),
        ("PARLEY_DEMO", "perhaps", "boolean"),
        ("PARLEY_SMTP_URL", "mail.example", "smtp://user:password@mail.example:587"),
        ("PARLEY_SMTP_URL", "smtp://mail.example", "needs parley_base_url"),
    ],
)
def test_a_wrong_setting_is_told_in_one_sentence_that_names_it(monkeypatch, name, value, reason):
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError) as wrong:
        load_settings()

    sentence = str(wrong.value)
    assert sentence.startswith(f"The setting {name} is wrong: ")
    assert reason in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_cookies_are_secure_where_the_public_address_is(tmp_path):
    assert Settings(data=tmp_path, base_url="https://chat.example/").secure
    assert not Settings(data=tmp_path, base_url="http://localhost:8000").secure


def test_the_public_address_has_no_slash_at_its_end(tmp_path):
    assert Settings(data=tmp_path, base_url="https://chat.example/").base_url == (
        "https://chat.example"
    )
