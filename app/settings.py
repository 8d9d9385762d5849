"""The settings, read from the environment and checked at start."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsError(Exception):
    """A setting is wrong; the message is one sentence for the person who starts Parley."""


def _plain(name: str) -> AliasChoices:
    return AliasChoices(name, name.lower())


class Settings(BaseSettings):
    """Each field is the environment variable PARLEY_<NAME>, but for PORT, HOST and DATABASE_URL."""

    model_config = SettingsConfigDict(env_prefix="PARLEY_", populate_by_name=True, extra="ignore")

    data: Path = Field(Path("data"), description="Folder for the database and files.")
    database_url: str = Field(
        "",
        validation_alias=_plain("DATABASE_URL"),
        description="postgres://… for PostgreSQL; empty for SQLite in the data folder.",
    )
    redis_url: str = Field(
        "", description="redis://… of the bus of many processes; empty for one process."
    )
    host: str = Field(
        "127.0.0.1", validation_alias=_plain("HOST"), description="Address to listen on."
    )
    port: int = Field(
        8000, ge=0, le=65535, validation_alias=_plain("PORT"), description="Port to listen on."
    )
    base_url: str = Field(
        "",
        description="Public address, such as https://chat.example; https makes cookies Secure.",
    )
    centre_name: str = Field("", max_length=80, description="Name shown on the sign-in page.")
    trusted_proxies: str = Field(
        "", description="Addresses of proxies whose X-Forwarded-For is believed, comma separated."
    )
    log_level: str = Field("info", description="debug, info, warning or error.")
    metrics_token: str = Field(
        "", description="Who reads /metrics sends it as a bearer token; empty: this machine only."
    )
    canary: bool = Field(
        default=False,
        description="Send a message to itself through the public address each minute.",
    )
    demo: bool = Field(default=False, description="Serve the demo shop and its data.")

    calls: bool = Field(default=False, description="Voice calls, where a widget allows them.")
    stun_urls: str = Field("", description="stun:… addresses, space separated, for voice calls.")
    turn_urls: str = Field("", description="turn:… and turns:… addresses, space separated.")
    turn_secret: str = Field("", description="The secret shared with the TURN server (coturn).")
    turn_minutes: int = Field(
        60, ge=1, le=1440, description="How long a call's credentials for TURN are valid."
    )

    smtp_url: str = Field(
        "",
        description="smtp://user:password@host:587 or smtps://…; with it transcripts go by e-mail.",
    )
    smtp_from: str = Field("", description="Whom those e-mails are from: chat@company.example.")

    session_hours: int = Field(12, ge=1, description="A session ends this long after its last use.")
    presence_seconds: int = Field(
        30, ge=5, description="An agent counts as present this long after their stream ended."
    )
    offer_again_seconds: int = Field(
        20, ge=0, description="Pause before an interaction is offered again to who passed it."
    )
    unseen_offer_seconds: float = Field(
        3, gt=0, description="An offer that the agent's browser has not drawn by then moves on."
    )
    misses: int = Field(
        2, ge=1, description="Offers in a row, not answered, that make an agent away."
    )
    agent_gone_seconds: float = Field(
        300, ge=30, description="An agent gone for so long gives back whom they keep waiting."
    )
    heartbeat_seconds: float = Field(
        15, gt=0, description="Longest silence on a stream, which a beat ends."
    )
    send_timeout_seconds: float = Field(
        20, gt=0, description="A stream whose reader takes nothing for this long is closed."
    )
    stream_backlog: int = Field(
        200, ge=2, description="Frames kept for a slow stream before it must catch up."
    )

    message_length: int = Field(
        8000, ge=1, le=8000, description="Longest message, in characters; at most 8000."
    )
    limit_sign_in: int = Field(
        10, ge=1, description="Failed sign-ins of one account from one address in five minutes."
    )
    limit_sign_in_address: int = Field(
        60, ge=1, description="Failed sign-ins from one address in five minutes."
    )
    limit_visitors: int = Field(120, ge=1, description="New visitors from one address in a minute.")
    limit_messages: int = Field(120, ge=1, description="Messages of one visitor in a minute.")
    limit_ratings: int = Field(
        10, ge=1, description="How often one visitor may rate, or change it, in an hour."
    )
    limit_typing: int = Field(
        60, ge=1, description="How often a page may say in a minute that somebody types."
    )
    limit_calls: int = Field(
        10, ge=1, description="Voice calls that one person begins in a minute."
    )
    limit_pages: int = Field(
        30, ge=1, description="Pages of the site that one visitor may open in a minute of a chat."
    )
    limit_messages_address: int = Field(
        1200, ge=1, description="Visitors' messages from one address in a minute."
    )
    limit_presence: int = Field(
        60, ge=1, description="How often a visitor's page may say in a minute whether it is seen."
    )
    limit_mails: int = Field(
        5, ge=1, description="Transcripts by e-mail in an hour, of one visitor and to one address."
    )
    limit_mails_address: int = Field(
        50, ge=1, description="Transcripts by e-mail in an hour, asked for from one address."
    )
    limit_uploads: int = Field(60, ge=1, description="Files of one person in a minute.")
    limit_uploads_address: int = Field(
        600, ge=1, description="Visitors' files from one address in a minute."
    )
    limit_streams: int = Field(
        10, ge=1, description="Open streams of one visitor; the oldest is closed."
    )
    limit_streams_address: int = Field(
        2000, ge=1, description="Open visitor streams from one address; the oldest is closed."
    )

    upload_mb: int = Field(100, ge=1, le=2000, description="Largest file, in megabytes.")
    upload_patience_seconds: float = Field(
        30,
        gt=0,
        description="A sender of a file who brings next to nothing for so long is cut off.",
    )
    upload_minutes: float = Field(
        30, gt=0, description="A file that has not come whole by then is cut off."
    )
    upload_keep_minutes: int = Field(
        60, ge=1, description="An uploaded file that no message took by then is removed."
    )
    widget_quota_mb: int = Field(
        10_240,
        ge=1,
        description="Room for all files of one widget, in megabytes; a tenth is for agents alone.",
    )
    visitor_quota_mb: int = Field(
        500, ge=1, description="Room for all files of one visitor, in megabytes."
    )
    bucket: str = Field(
        "", description="An S3-compatible bucket for files; empty for the data folder."
    )
    bucket_endpoint: str = Field(
        "", description="Address of the bucket's service; empty for Amazon's own."
    )
    bucket_region: str = Field("us-east-1", description="Region of the bucket.")
    bucket_access_key: str = Field("", description="Access key of the bucket.")
    bucket_secret_key: str = Field("", description="Secret key of the bucket.")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"postgres", "postgresql"}:
            raise ValueError("must start with postgres:// or be empty for SQLite")
        return value

    @field_validator("redis_url")
    @classmethod
    def _known_bus(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
            raise ValueError("must start with redis:// or rediss://, or be empty")
        return value

    @field_validator("base_url", "bucket_endpoint")
    @classmethod
    def _origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.netloc):
            raise ValueError("must be an address such as https://chat.example")
        return value.rstrip("/")

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: str, info: ValidationInfo) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"smtp", "smtps"} or not parts.hostname):
            raise ValueError("must be an address such as smtp://user:password@mail.example:587")
        if value and not info.data.get("base_url"):
            raise ValueError("needs PARLEY_BASE_URL, which the e-mails name")
        return value

    @field_validator("smtp_from")
    @classmethod
    def _sender(cls, value: str, info: ValidationInfo) -> str:
        wrong = not value.isprintable() or not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", value)
        if info.data.get("smtp_url") and wrong:
            raise ValueError("must be an address such as chat@company.example with PARLEY_SMTP_URL")
        return value

    @field_validator("log_level")
    @classmethod
    def _level(cls, value: str) -> str:
        if value.lower() not in {"debug", "info", "warning", "error"}:
            raise ValueError("must be debug, info, warning or error")
        return value.lower()

    @property
    def on_postgres(self) -> bool:
        """Whether the database is PostgreSQL; else it is SQLite in the data folder."""
        return bool(self.database_url)

    @property
    def sqlite_path(self) -> Path:
        """The file of the embedded database."""
        return self.data / "parley.sqlite"

    @property
    def parts(self) -> Path:
        """Where files lie while they are received."""
        return self.data / "uploads"

    @property
    def secure(self) -> bool:
        """Whether agents reach Parley by https, so that their cookies can be Secure."""
        return self.base_url.startswith("https://")


def env_name(field: str) -> str:
    """The environment variable of a field."""
    return field.upper() if field in {"database_url", "host", "port"} else f"PARLEY_{field.upper()}"


def load_settings() -> Settings:
    """The settings of this environment; a wrong one raises SettingsError in one sentence."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        reason = first["msg"].removeprefix("Value error, ").lower()
        message = f"The setting {env_name(field.lower())} is wrong: {reason}."
        raise SettingsError(message) from error
