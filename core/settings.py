"""One frozen table of settings, each with its help text; docs/settings.md is made of it (`make docs`).

Environment: ATTUNE_<NAME>. Command line: --<name-with-dashes>. The command line wins.
"""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, CliApp, SettingsConfigDict

from core.errors import SettingsError
from core.modalities import MODALITY_FACTS
from core.types import Modality


def _default_host() -> str:
    """Loopback, but all addresses on a Space or in a container, where a proxy stands in front."""
    inside = "SPACE_ID" in os.environ or Path("/.dockerenv").exists()
    return "0.0.0.0" if inside else "127.0.0.1"  # noqa: S104 - only behind a proxy or a container's own network


def _weight(modality: Modality) -> float:
    """A field with the default of the table."""
    facts = MODALITY_FACTS[modality]
    told = f"base weight of the {facts.word} in the fusion"
    weight: float = Field(facts.base_weight, ge=0, le=1, description=told)
    return weight


class Settings(BaseSettings):
    """Everything that can be set from outside."""

    model_config = SettingsConfigDict(
        env_prefix="ATTUNE_", frozen=True, extra="ignore", cli_kebab_case=True, cli_prog_name="app.py"
    )

    host: str = Field(default_factory=_default_host, description="address to listen on")
    port: int = Field(7860, ge=0, le=65535, description="port to listen on; 0 picks a free one")
    data_dir: Path = Field(Path("data"), description="folder of the database and the key; made when missing")
    tls_cert: Path | None = Field(None, description="certificate file (PEM); with tls_key the app serves HTTPS itself")
    tls_key: Path | None = Field(None, description="private key file (PEM) of tls_cert")
    trusted_proxies: str = Field(
        "",
        description="proxies in front whose X-Forwarded headers are believed: how many, or their addresses and "
        "networks, comma-separated (also `loopback`, `private`); empty: loopback, on a Space private",
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")

    max_sessions: int = Field(32, ge=1, description="live sessions at a time; the next visitor is told to wait")
    sessions_per_person: int = Field(4, ge=1, description="live sessions one person may have open at a time")
    sessions_per_address: int = Field(16, ge=1, description="live sessions from one address at a time")
    max_clips: int = Field(2, ge=1, description="uploaded clips analysed at a time; half of them for one person")
    clip_wait_s: float = Field(
        120.0, gt=0, description="seconds a clip in work waits in all, paused or for its client; then it ends"
    )
    resume_s: float = Field(30.0, ge=0, description="seconds a dropped session waits for its client")
    token_hours: float = Field(24.0, gt=0, description="hours a guest's token is valid")
    account_token_days: float = Field(30.0, gt=0, description="days a signed-in device stays signed in")
    logins_per_minute: int = Field(
        10,
        ge=1,
        description="tries a minute at one name from one address; three times as many an address in all, and a name "
        "from anywhere before its tries wait in turn",
    )
    requests_per_minute: int = Field(600, ge=1, description="REST calls per address and minute")
    connections_per_address: int = Field(
        100, ge=4, description="open connections, and requests and sockets under way, per address"
    )
    max_body_mb: float = Field(0.25, gt=0, description="largest body of a REST call (clips and bundles aside), in MB")
    max_bundle_mb: float = Field(
        200.0, gt=0, description="largest export bundle opened, in MB; unpacked five times that"
    )
    allowed_origins: str = Field(
        "", description="pages of other hosts that may use sockets and REST, comma-separated; empty: none"
    )
    admin_username: str = Field(
        "", description="this account is made admin at each start; with admin_password made when missing"
    )
    admin_password: SecretStr = Field(SecretStr(""), description="first password of admin_username")
    retention_days: int = Field(
        90, ge=1, le=365, description="days kept readings stay, unless a person chose otherwise"
    )
    max_stored_mb: float = Field(
        500.0, gt=0, description="MB of readings and words kept of one person (some 50 hours); then history is paused"
    )
    max_guests_mb: float = Field(
        2000.0,
        gt=0,
        description="MB of readings and words kept of all guests from one address since the start; then their history "
        "is paused",
    )
    encrypt_database: bool = Field(
        False, description="encrypt the whole database file; needs DuckDB's httpfs extension, else the start is refused"
    )
    guests_per_minute: int = Field(60, ge=1, description="guest tokens handed out per address and minute")

    max_message_mb: float = Field(4.0, gt=0, description="largest socket message that is looked at, in MB")
    max_messages_per_s: int = Field(100, ge=1, description="socket messages a second; more are dropped and counted")
    max_picture_mp: float = Field(25.0, gt=0, description="largest picture that is decoded, in megapixels")
    max_clip_mb: float = Field(100.0, gt=0, description="largest clip that may be uploaded, in MB")
    clip_decode_s: float = Field(600.0, gt=0, description="seconds that decoding a clip may take in all; then it ends")
    max_clip_minutes: float = Field(10.0, gt=0, description="clips are analysed up to this length, in minutes")
    clip_fps: float = Field(10.0, gt=0, le=60, description="pictures a second taken from a clip")

    face_engine: str = Field("face_compact", description="face model, by the name of its engine")
    detect_engine: str = Field("detect_mtcnn", description="face detector, by the name of its engine")
    speech_engine: str = Field("speech_silero", description="speech detection, by the name of its engine")
    encode_engine: str = Field(
        "encode_moonshine",
        description="encoder of speech that helps the voice model, by the name of its engine, or several in order; "
        "none: without",
    )
    voice_engine: str = Field(
        "voice_compact", description="voice model, by the name of its engine, or several in order; none: without"
    )
    transcribe_engine: str = Field(
        "transcribe_moonshine,transcribe_whisper_base",
        description="transcription, by the name of its engine, or several in order, of which the first that knows the "
        "language is asked; none: without",
    )
    turn_engine: str = Field(
        "none",
        description="end of a turn by its sound, beside its words: turn_smart, which `make run TURNS=1` brings; none: "
        "by the words alone",
    )
    whisper_model: str = Field(
        "", description="for transcribe_whisper: folder of a CTranslate2 Whisper model, or a name to download once"
    )
    reply_engine: str = Field("reply_offline", description="who answers at first, by the name of its engine")
    reply_base_url: str = Field(
        "", description="for reply_openai: address of an OpenAI-compatible server, such as http://localhost:11434/v1"
    )
    reply_model: str = Field("llama3.2", description="for reply_openai: the model that server is asked for")
    reply_api_key: SecretStr = Field(SecretStr(""), description="for reply_openai: its key, where it wants one")
    groq_api_key: SecretStr = Field(SecretStr(""), description="for reply_groq: your key")
    groq_model: str = Field("llama-3.1-8b-instant", description="for reply_groq: the model")
    groq_base_url: str = Field("", description="for reply_groq: another address of the service; empty: its own")
    speak_engine: str = Field(
        "speak_hibari, speak_espeak",
        description="speech synthesis, by the names of its engines in order: the first that knows language, voice and "
        "script speaks, the next stands in for it; none: without",
    )
    words_key: SecretStr = Field(
        SecretStr(""), description="32 bytes in base64 that seal stored words; empty: words.key in data_dir"
    )
    text_engine: str = Field(
        "text_compact", description="text model, by the name of its engine, or several in order; none: without"
    )
    language: str = Field(
        "en", min_length=2, description="language spoken and typed, as BCP-47, until a person chooses"
    )
    patience_s: float = Field(
        0.7,
        ge=0.3,
        le=2,
        description="seconds of silence that end an utterance; half of it after words that end a sentence, 12/7 of it "
        "after words that something must follow on (English)",
    )
    engine_threads: int = Field(1, ge=1, le=16, description="threads inside one model call")

    weight_face: float = _weight("face")
    weight_voice: float = _weight("voice")
    weight_text: float = _weight("text")
    smoothing_s: float = Field(0.6, ge=0, le=5, description="time constant of the fused estimate, in seconds")
    abstain_below: float = Field(0.50, ge=0, le=1, description="fused probability under which the answer is: not sure")

    @model_validator(mode="after")
    def _certificate_and_key_together(self) -> Settings:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("tls_cert and tls_key belong together; give both or neither")
        return self

    @property
    def is_space(self) -> bool:
        """Running on a Hugging Face Space, whose disk is gone after a restart unless storage is attached."""
        return "SPACE_ID" in os.environ


def read_settings(arguments: list[str] | None = None) -> Settings:
    """Environment, then command line. Raises SettingsError naming each setting that does not fit."""
    try:
        return CliApp.run(Settings, cli_args=[] if arguments is None else arguments)
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, item['loc'])) or 'settings'}: {item['msg']}" for item in error.errors()]
        raise SettingsError("settings do not fit; " + "; ".join(lines)) from error
