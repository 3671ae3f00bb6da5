"""The socket's messages, one file a subject: what a client sends, what the server tells, what each field means.

Beneath every field stands its note; docs/protocol.md is made of these classes (`python -m core.commands.docs`).
"""
