"""Writes lines of a wheel's RECORD file (the binary distribution format of the Python Packaging User Guide)."""

import base64
import csv
import hashlib
import io


def record_line(path: str, data: bytes) -> str:
    """Return the CSV line "path,sha256=<urlsafe base64 without padding>,size" of one file, without a line end."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([path, f"sha256={digest}", len(data)])
    return text.getvalue()
