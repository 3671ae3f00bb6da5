"""The live view: one custom element; the browser captures, sends, receives and draws."""

from __future__ import annotations

from pages import MOUNT, Page, Services


def build(_services: Services) -> None:
    """Put the element on the page; frames and events never pass through Gradio."""
    import gradio as gr

    gr.HTML(
        html_template="<attune-live></attune-live>",
        js_on_load=f"import('{MOUNT}/live.js')",
        apply_default_css=False,
        elem_classes="attune-live-host",
    )


PAGE = Page(name="live", title="Live", route="/", build=build, order=0)
