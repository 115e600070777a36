"""Pieces of patterns that several surfaces share: fetched code, decoded code, packages from elsewhere."""


def either(*alternatives: bytes) -> bytes:
    """Return the pattern of any of some patterns."""
    return b"(?:" + b"|".join(alternatives) + b")"


_KNOWN_INSTALLERS = rb"https?://" + either(
    rb"(?:[\w.-]{1,40}\.)?(?:astral\.sh|rustup\.rs|bun\.sh|deno\.land|docker\.com|python-poetry\.org|claude\.ai)",
    rb"(?:[\w.-]{1,40}\.)?(?:ollama\.(?:com|ai)|nodesource\.com|brew\.sh|pixi\.sh|mise\.run|sdkman\.io|fly\.io)",
    rb"(?:[\w.-]{1,40}\.)?(?:cursor\.com|nixos\.org|determinate\.systems|tailscale\.com|k3s\.io|codecov\.io|dprint\.dev)",
    rb"(?:[\w.-]{1,40}\.)?(?:pyenv\.run|just\.systems|pnpm\.io|volta\.sh|paradigm\.xyz)",
    rb"raw\.githubusercontent\.com/(?:nvm-sh|Homebrew|pyenv|rust-lang|helm|taiki-e|anchore|aquasecurity|python-poetry)/",
)
"""Addresses of installers that honest instructions hand to a shell."""

_NOT_KNOWN = rb"(?![^\n|]{0,120}" + _KNOWN_INSTALLERS + rb")"
_INTERPRETER = (
    rb"(?:(?:sudo|env|exec|nohup)\s(?:-\w{1,3}\s)?)?(?:/[\w/]{1,20}/)?"
    rb"(?:(?:ba|z|da|k)?sh|python[23]?|perl|ruby|node|bun|iex)\b"
)
_PLACE = rb"(?:/tmp|/var/tmp|/dev/shm|\./|\$TMP|~/)"
_FETCH = rb"\b(?:curl|wget|iwr|irm|Invoke-WebRequest|Invoke-RestMethod)\s"

FETCHED = either(
    _FETCH + _NOT_KNOWN + rb"[^\n|]{1,300}\|\s{0,5}" + _INTERPRETER,
    rb"(?:\b(?:ba|z|da)?sh|\bsource|\beval|\bpython[23]?)\s{1,3}(?:-c\s{1,3})?[\"'\\]{0,3}(?:<\(|\$\(|`)\s{0,3}"
    rb"(?:curl|wget)\s" + _NOT_KNOWN,
    rb"\b(?:curl|wget)\s[^\n]{1,300}(?:&&|;)\s{0,3}(?:chmod\s[^\n;&]{1,80}(?:&&|;)\s{0,3})?"
    + either(_INTERPRETER + rb"\s{1,3}[\"']?" + _PLACE, _PLACE + rb"/?\w"),
)
"""A download that a shell or an interpreter runs."""
DECODED = either(
    rb"\bbase64\s{1,3}(?:-d|-D|--decode)\b[^\n|]{0,80}\|\s{0,5}" + _INTERPRETER,
    rb"\bxxd\s{1,3}-r[^\n|]{0,80}\|\s{0,5}" + _INTERPRETER,
    rb"\bexec\s{0,3}\([^\n]{0,100}(?:b64decode|urlopen|requests\.get|httpx\.get|decompress)\b",
    rb"\b(?:powershell|pwsh)(?:\.exe)?[^\n]{0,60}\s-(?:e|ec|enc|encodedcommand)\s{1,3}[\"']?[A-Za-z0-9+/=]{20}",
    rb"/dev/tcp/[\w$]",
    rb"\bnc(?:at)?\s[^\n|]{0,60}-e\s",
    rb"\beval\s{0,3}\(\s{0,3}(?:atob|Buffer\.from)\s{0,3}\(",
)
"""Decoded text that an interpreter runs, and reverse shells."""
RUNNING_WORDS = (
    b"curl", b"wget", b"iwr ", b"irm ", b"Invoke-", b"base64", b"b64decode", b"exec(", b"xxd", b"/dev/tcp",
    b"powershell", b"pwsh", b"nc ", b"ncat", b"atob", b"Buffer.from",
)  # fmt: skip
"""Every text that FETCHED or DECODED matches contains one of these."""

REMOTE_PACKAGE = either(
    rb"\b(?:npx|bunx|uvx|pipx|npm|pnpm|uv|pip3?)\b[^\n\]}]{0,160}?(?:\s|\")(?:git\+)?https?://"
    rb"(?!(?:www\.)?(?:github|gitlab)\.com/|localhost|127\.|pypi\.|registry\.npmjs)[^\s\"]{4}",
    rb"\bpip3?\s{1,3}install\b[^\n]{0,120}--(?:extra-)?index-url[\s=]{1,3}https?://"
    rb"(?!test\.|pypi\.|(?:[\w.-]{1,40}\.)?(?:pytorch|nvidia|python|pythonhosted)\.)",
)
"""A package that an installer takes from an address of its own."""
PACKAGE_WORDS = (b"npx", b"bunx", b"uvx", b"pipx", b"npm", b"uv ", b"pip ", b"pip3")

BARE_ADDRESS = (
    rb"\b(?:https?|ftp)://(?!127\.|10\.|192\.168\.|0\.0\.0\.0|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.)"
    rb"\d{1,3}(?:\.\d{1,3}){3}\b"
)
"""A web address without a name, outside private networks."""
ADDRESS_WORDS = tuple(b"://%d" % digit for digit in range(1, 10))

SECRET_FILE = either(
    rb"(?:~/|\$HOME/|%USERPROFILE%)?\.(?:ssh|aws|env|npmrc|pypirc|netrc|kube|gnupg|git-credentials)\b",
    rb"\bid_(?:rsa|ed25519|ecdsa)\b",
    rb"\b(?:private|ssh) keys?\b|\bseed phrases?\b|\bkeychain\b|\bwallet files?\b",
    rb"\ball (?:the )?environment variables\b",
)
"""A file or a value that is secret, as prose names it."""
