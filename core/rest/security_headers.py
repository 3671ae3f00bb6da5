"""The security headers of every answer: what a page may load, who may frame it, what it may ask of the device."""

from __future__ import annotations

from core.settings import Settings

POLICY = "; ".join(
    (
        "default-src 'self'",
        # Gradio 6 writes inline scripts into its page and makes functions of js_on_load
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        # https: because a person may name the address of an avatar of their own
        "connect-src 'self' https: ws: wss: data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)
FRAMED_BY = "'self'"
FRAMED_BY_SPACE = "'self' https://huggingface.co https://*.huggingface.co https://*.hf.space"
"""a Space's page is shown inside huggingface.co"""


def headers_for(settings: Settings) -> dict[str, str]:
    """Name to value, for every answer."""
    framed_by = FRAMED_BY_SPACE if settings.is_space else FRAMED_BY
    headers = {
        "content-security-policy": f"{POLICY}; frame-ancestors {framed_by}",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "permissions-policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
        "cross-origin-opener-policy": "same-origin-allow-popups",
    }
    if settings.tls_cert is not None:
        headers["strict-transport-security"] = "max-age=31536000"
    return headers
