"""Renders evaluation.html: one self-contained page with the figures of an evaluation and their limits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from audit.evaluating.curves import SERIES, draw_curves
from audit.evaluating.pitfalls import pitfalls
from audit.html_page import STYLE, page_environment, page_policy
from audit.operating_points import describe_result
from model.contract import ModelResult, Verdict
from model.evaluation.contract import Evaluation, ProbeResult, RecallCurve, SliceResult
from model.metrics import FALSE_POSITIVE_RATES, NIGHTLY_FILES
from model.splits import DEV

POPULAR_GOAL = 2
"""Most acceptable false alarms on popular projects at the suspicious point; users notice those first."""

SET_DESCRIPTIONS = {
    "obfuscated": "malware of the split dev, rewritten to look different and behave the same",
    "injected-install": "releases of real projects with an inert payload that runs when they are installed",
    "injected-import": "releases of real projects with an inert payload that runs when they are imported",
    "injected-rest": "releases of real projects with an inert payload in code that runs only when it is used",
    "injected-module": "releases of real projects with an inert payload in a new module that another one imports",
    "injected-pth": "releases of real projects with an inert payload in a .pth file, run at every start of Python",
    "injected-native": "releases of real projects with an inert payload in a native module",
    "injected-conditional": "releases of real projects with an inert payload behind a condition (system, user, date)",
    "injected-dependency": "releases of real projects with one more dependency and no other change",
    "transplanted": "releases of real projects with the payload of malware moved into them",
    "codeless": "imitations of a popular project: its name misspelt over almost no code or a copy with one change",
    "repacked": "a control: harmless releases packed again like the sets above, without a payload",
}
"""Descriptions of the sets of blind spots; a set without one is shown by its name alone."""

CONTENTS = (
    ("time", "Malware never seen before"),
    ("curves", "Curves"),
    ("points", "Fixed points"),
    ("popular", "False alarms"),
    ("sets", "Blind spots"),
    ("changes", "Compromised releases"),
    ("later", "Later malware"),
    ("slices", "Strengths and weaknesses"),
    ("baselines", "Baselines"),
    ("ablation", "Ablation"),
    ("localisation", "Localisation"),
    ("pitfalls", "Ten pitfalls"),
    ("made", "Method"),
)
"""Headings of the page, each with the id that links to it."""

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Chart:
    """The same curves drawn by artifacts and by campaigns; `keys` are (number in the style sheet, label) of each."""

    title: str
    artifacts: Markup
    campaigns: Markup
    keys: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Ablation:
    """The result of a whole preset and those of its parts; `shown` means that the page shows the table open."""

    title: str
    note: str
    whole: ModelResult
    parts: tuple[ModelResult, ...]
    shown: bool


def render_page(evaluation: Evaluation) -> str:
    """Return the page; it runs no script and loads nothing."""
    style = STYLE + (_HERE / "page.css").read_text(encoding="utf-8")
    environment = page_environment()
    environment.filters["percent"] = _percent
    template = environment.from_string((_HERE / "page.html.j2").read_text(encoding="utf-8"))
    results = evaluation.results
    slices, learners = evaluation.section("slices"), evaluation.section("learners")
    return template.render(
        e=evaluation,
        style=Markup(style),  # noqa: S704  our own files
        policy=page_policy(style),
        contents=CONTENTS,
        dev=next((r for r in results if r.section == "time" and r.split == DEV), None),
        table=[r for r in results if r.section in {"time", "campaign", "random"} and r.model == evaluation.preset],
        points=[(r, [describe_result(point, NIGHTLY_FILES) for point in r.fixed]) for r in results if r.fixed],
        charts=list(_charts(evaluation)),
        baselines=list(_baselines(evaluation)),
        paper=[r for r in results if r.model == "samaana2024"],
        ablations=list(_ablations(evaluation)),
        slices=list(_by_split([*(slices.slices if slices else ()), *(learners.slices if learners else ())])),
        changed=list(_by_property(evaluation)),
        sets=SET_DESCRIPTIONS,
        suspicious=Verdict.SUSPICIOUS.value,
        popular_goal=POPULAR_GOAL,
        pitfalls=list(pitfalls(evaluation)),
        rates=FALSE_POSITIVE_RATES,
        night=NIGHTLY_FILES,
        weak=lambda benign, rate: 3 / benign > rate,
    )


def _percent(share: float, digits: int = 1) -> str:
    return f"{share * 100:.{digits}f} %"


def _charts(evaluation: Evaluation) -> Iterator[Chart]:
    def curves(*names: str) -> list[RecallCurve]:
        return [curve for name in names if (section := evaluation.section(name)) for curve in section.curves]

    of_preset = [c for c in curves("time", "campaign", "random") if c.model == evaluation.preset]
    changed = curves("changes")
    if of_preset:
        yield _chart(f"{evaluation.preset} by split", [(_split_title(c.split), c) for c in of_preset])
    if changed:
        yield _chart("changes, families and hosts held out", [(curve.model, curve) for curve in changed])
    baselines = curves("baselines")
    for split in dict.fromkeys(curve.split for curve in baselines):
        compared = [(c.model, c) for c in (*curves("time"), *baselines) if c.split == split]
        yield _chart(f"{evaluation.preset} and the baselines, {split}", compared)


def _chart(title: str, curves: Sequence[tuple[str, RecallCurve]]) -> Chart:
    return Chart(
        title=title,
        artifacts=draw_curves(curves, "artifacts", f"{title}: recall of artifacts against false positives"),
        campaigns=draw_curves(curves, "campaigns", f"{title}: recall of campaigns against false positives"),
        keys=tuple((number % SERIES, label) for number, (label, _) in enumerate(curves)),
    )


def _split_title(name: str) -> str:
    titles = {"random": "random (optimistic)", "campaign": "campaign (months mixed)", DEV: "dev (all strata)"}
    return titles.get(name, name)


def _baselines(evaluation: Evaluation) -> Iterator[tuple[str, list[ModelResult]]]:
    """Yield each split that baselines were measured on, with the preset's result and theirs."""
    baselines = [r for r in evaluation.results if r.section == "baselines"]
    for split in dict.fromkeys(r.split for r in baselines):
        of_preset = [r for r in evaluation.results if r.section == "time" and r.split == split]
        yield split, [*of_preset, *(r for r in baselines if r.split == split)]


def _ablations(evaluation: Evaluation) -> Iterator[Ablation]:
    groups = [r for r in evaluation.results if r.section == "groups"]
    if groups:
        note = f"All of these have {evaluation.ablation_folds} folds instead of {evaluation.folds}, the whole too."
        yield Ablation(f"Feature groups, {groups[0].split}", note, groups[0], tuple(groups[1:]), shown=True)
    learners = [r for r in evaluation.results if r.section == "learners"]
    wholes = {r.split: r for r in evaluation.results if r.section == "time" and r.model == evaluation.preset}
    for split in dict.fromkeys(r.split for r in learners):
        if split in wholes:
            parts = tuple(r for r in learners if r.split == split)
            yield Ablation(f"Learners, {_split_title(split)}", "", wholes[split], parts, shown=split == DEV)


def _by_property(evaluation: Evaluation) -> Iterator[tuple[str, list[ProbeResult]]]:
    """Yield the properties that the change score is told by, each with its probes; then those of both scores."""
    for name, title in (("changes", ""), ("both", ", both scores")):
        section = evaluation.section(name)
        probes = section.probes if section else ()
        for by in dict.fromkeys(probe.by for probe in probes):
            yield f"{by}{title}", [probe for probe in probes if probe.by == by]


def _by_split(slices: Sequence[SliceResult]) -> Iterator[tuple[str, list[SliceResult]]]:
    """Yield the slices of each split, `dev` first, because it has every stratum."""
    for split in sorted(dict.fromkeys(part.split for part in slices), key=lambda name: (name != DEV, name)):
        yield split, [part for part in slices if part.split == split]
