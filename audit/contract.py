"""What the audit room promises: one document that every report and every blocklist is made from."""


class AuditError(Exception):
    """Base of the errors of this room: facts as attributes, a sentence, and a hint that says what to do."""

    hint: str = ""
