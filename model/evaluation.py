"""The honest protocol: splits that flatter and splits that do not, baselines, ablations, blind spots."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from features.contract import Kind, Progress
from model.contract import Curve, Evaluation, Probe, Result, Section, Slice, SplitFacts, TrainingDataError
from model.frame import require_schema, schema_identity
from model.metrics import Scored, curve, measure
from model.probes import alarm_probes, set_probes
from model.registry import READ_TOKENS, Preset, find_preset, make_learner
from model.rows import MADE, Rows, read_rows, training_sample
from model.saved import PRETRAINED, library_versions
from model.slices import slices
from model.splits import CUTS, DESIGN, Split, campaign_split, design_split, random_split, time_split
from model.stack import StackScores, combine, fit_meta, log_odds
from model.training import ROWS, SEED, Fitted, fit_split

TRIVIAL_BYTES = 10_000
"""A baseline that nobody should be proud to beat: 86 % of known malware is an sdist smaller than this."""

SETS = PRETRAINED / "variants.parquet"
"""The sets of blind spots that ship: rows of the split `variant`, one set a stratum."""

Measured = Iterator[SplitFacts | Result | Slice | Curve | Probe]
Planned = Iterable[tuple[Split, Preset]]


def evaluate(
    rows: Path | None,
    progress: Progress,
    sections: tuple[str, ...] | None = None,
    preset: str = "boojum",
    seed: int = SEED,
    threads: int = 1,
    sets: Path | None = None,
    before: Evaluation | None = None,
    keep: Callable[[Evaluation], object] = lambda _: None,
) -> Evaluation:
    """Measure a preset on labelled rows (None: those that ship) and return everything that was found.

    `sections` are names of `SECTIONS`, None for all; one fit is made for each split and shared between them.
    `sets` are rows of blind spots (None: those that ship, if any). A section that `before` has is not measured
    again unless the rows, the preset, the seed, a library or the code of this room changed. `keep` is called with
    what there is after every section, so that an interrupted evaluation is taken up.
    Raises TrainingDataError for unknown sections and for rows that lack what a split needs.
    """
    names = tuple(part.name for part in SECTIONS)
    unknown = [name for name in sections or () if name not in names]
    if unknown:
        raise TrainingDataError(f"no section {', '.join(unknown)}; known: {', '.join(names)}")
    bench = _Bench(read_rows(ROWS if rows is None else rows), find_preset(preset), seed, threads, progress)
    bench.before = before
    bench.sets = _read_sets(SETS if sets is None and SETS.exists() else sets, bench.rows)
    if bench.sets is None and "sets" in (sections or ()):
        raise TrainingDataError("the section sets needs rows of blind spots; name them with --sets")
    parts = [part for part in SECTIONS if part.name != "sets" or bench.sets is not None]
    inputs = {part.name: bench.inputs(part.name) for part in parts}
    done = {s.name: s for s in (before.sections if before else ()) if inputs.get(s.name) == s.inputs}
    wanted = [part for part in parts if part.name not in done and (sections is None or part.name in sections)]
    bench.plan(wanted)
    for part in wanted:
        begun = time.monotonic()
        found = list(bench.run(part))
        done[part.name] = Section(
            name=part.name,
            inputs=inputs[part.name],
            seconds=round(time.monotonic() - begun, 1),
            splits=tuple({item.name: item for item in found if isinstance(item, SplitFacts)}.values()),
            results=tuple(item for item in found if isinstance(item, Result)),
            slices=tuple(item for item in found if isinstance(item, Slice)),
            curves=tuple(item for item in found if isinstance(item, Curve)),
            probes=tuple(item for item in found if isinstance(item, Probe)),
        )
        keep(bench.evaluation(done))
    return bench.evaluation(done)


@dataclass(slots=True)
class _Bench:
    """What the sections share: the rows and the fits made so far."""

    rows: Rows
    preset: Preset
    seed: int
    threads: int
    progress: Progress
    sets: Rows | None = None
    before: Evaluation | None = None
    splits: dict[str, Split] = field(default_factory=dict)
    fits: dict[tuple[str, Preset], Fitted] = field(default_factory=dict)
    said: dict[tuple[str, Preset], StackScores] = field(default_factory=dict)
    planned: dict[tuple[str, Preset], int] = field(default_factory=dict)
    begun: float = 0.0
    fitted: int = 0

    def split(self, name: str) -> Split:
        """Return a split by its name, made once."""
        if name not in self.splits:
            match name:
                case "random":
                    self.splits[name] = random_split(self.rows, self.seed)
                case "campaign":
                    self.splits[name] = campaign_split(self.rows, self.seed)
                case _ if name == DESIGN:
                    self.splits[name] = design_split(self.rows)
                case _:
                    self.splits[name] = time_split(self.rows, name.removeprefix("after "))
        return self.splits[name]

    def cuts(self) -> Iterator[Split]:
        """Yield the time splits, the earliest first."""
        for cut in CUTS:
            yield self.split(f"after {cut}")

    def times(self) -> Iterator[Split]:
        """Yield the time splits and the one of the design."""
        yield from self.cuts()
        yield self.split(DESIGN)

    def plan(self, parts: "Iterable[_Part]") -> None:
        """Note which fits these sections will need, so that the time left can be told."""
        for part in parts:
            for split, preset in part.fits(self):
                self.planned[split.name, preset] = len(preset.learners) * (preset.folds + 1)
        self.begun = time.monotonic()

    def run(self, part: "_Part") -> Measured:
        """Make the fits of a section that nobody made yet, then measure it."""
        fits = list(part.fits(self))
        missing = list(dict.fromkeys((split.name, p) for split, p in fits if (split.name, p) not in self.fits))
        steps, stage = sum(self.planned[key] for key in missing), f"{part.name}{self._left()}"
        through = 0
        for name, preset in missing:

            def tell(done: int, total: int, note: str, through: int = through) -> None:  # noqa: ARG001
                self.progress(through + done, steps, stage)

            split = self.split(name)
            self.fits[name, preset] = fit_split(self.rows, split, preset, self.seed, self.threads, tell)
            through += self.planned[name, preset]
            self.fitted += self.planned[name, preset]
        self.progress(steps, steps, stage)
        for used in dict.fromkeys(split.name for split, _ in fits):
            yield split_facts(self.rows, self.split(used))
        yield from part.measured(self)

    def fit(self, split: Split, preset: Preset | None = None) -> Fitted:
        """Return the fit of a preset on a split."""
        return self.fits[split.name, preset or self.preset]

    def learners(self, split: Split, preset: Preset | None = None) -> StackScores:
        """Return what a fit and each of its learners say of the test rows, asked once."""
        key = (split.name, preset or self.preset)
        if key not in self.said:
            self.said[key] = self.fits[key].stack.predict(self.rows.frame.take(split.test))
        return self.said[key]

    def scored(self, split: Split, preset: Preset | None = None) -> Scored:
        """Return a fit's scores of the test rows."""
        return self.asked(split, self.learners(split, preset).score)

    def asked(self, split: Split, scores: npt.NDArray[np.float64]) -> Scored:
        """Return scores of the test rows, whoever gave them, with what the test rows are."""
        return Scored(scores, self.rows.labels[split.test], self.rows.groups[split.test])

    def inputs(self, name: str) -> str:
        """Return a digest over everything that a section's figures follow from."""
        digest = hashlib.blake2b(digest_size=16)
        for rows in (self.rows, *([self.sets] if self.sets is not None and name == "sets" else [])):
            for column in (rows.stratum, rows.payload, rows.kind, rows.size, rows.first_seen):
                digest.update("\n".join(map(str, column)).encode())
            digest.update(rows.digest.encode())
        digest.update(repr((name, self.preset, self.seed, CUTS, library_versions())).encode())
        for source in sorted(Path(__file__).parent.rglob("*.py")):
            digest.update(source.read_bytes())
        return digest.hexdigest()

    def evaluation(self, done: dict[str, Section]) -> Evaluation:
        """Return what was measured so far, sections in their order."""
        rows, bad = self.rows, self.rows.malicious & ~self.rows.made
        fingerprint = schema_identity(rows.schema)[0]
        # Measured elsewhere, on artifacts and not on rows: what an earlier run knew of this schema stays.
        same = self.before is not None and self.before.fingerprint == fingerprint
        return Evaluation(
            preset=self.preset.name,
            learners=tuple(kind.name for kind in self.preset.learners),
            folds=self.preset.folds,
            ablation_folds=self.preset.ablation_folds,
            seed=self.seed,
            fingerprint=fingerprint,
            rows_digest=rows.digest,
            malicious=int(bad.sum()),
            campaigns=len(np.unique(rows.groups[bad])),
            benign=int((~rows.malicious & ~rows.made).sum()),
            variants=int(rows.made.sum()),
            versions=library_versions(),
            sections=tuple(done[part.name] for part in SECTIONS if part.name in done),
            localisation=self.before.localisation if same and self.before else None,
        )

    def _left(self) -> str:
        """Return how long the fits that are still to be made will take, once one was made."""
        steps = sum(self.planned.values()) - self.fitted
        if not self.fitted or not steps:
            return ""
        return f", about {(time.monotonic() - self.begun) / self.fitted * steps / 60:.0f} min left of all"


def split_facts(rows: Rows, split: Split) -> SplitFacts:
    """Return what stands on each side of a split."""
    genuine, bad = ~rows.made, rows.malicious
    learnt = split.train[genuine[split.train]]
    return SplitFacts(
        name=split.name,
        note=split.note,
        learnt_malicious=int(bad[learnt].sum()),
        learnt_campaigns=len(np.unique(rows.groups[learnt[bad[learnt]]])),
        learnt_benign=int((~bad[learnt]).sum()),
        variants=len(split.train) - len(learnt),
        valid=len(split.valid),
        test_malicious=int(bad[split.test].sum()),
        test_campaigns=len(np.unique(rows.groups[split.test[bad[split.test]]])),
        test_benign=int((~bad[split.test]).sum()),
    )


def ablations(preset: Preset, groups: Iterable[str]) -> Iterator[Preset]:
    """Yield presets that see everything, all but one feature group (or the code tokens), and that one alone.

    They have `ablation_folds`, all alike, and their names say what they see.
    """
    groups = tuple(groups)
    whole = replace(preset, name="all groups", folds=preset.ablation_folds)
    tokens = tuple(kind for kind in preset.learners if kind in READ_TOKENS)
    columns = tuple(kind for kind in preset.learners if kind not in READ_TOKENS)
    yield whole
    for group in groups if columns and len(groups) > 1 else ():
        rest = tuple(f"{other}_*" for other in groups if other != group)
        yield replace(whole, name=f"without {group}", columns=rest)
        yield replace(whole, name=f"{group} alone", columns=(f"{group}_*",), learners=columns)
    if tokens and columns:
        yield replace(whole, name="without the code tokens", learners=columns)
        yield replace(whole, name="the code tokens alone", learners=tokens)


def _read_sets(path: Path | None, rows: Rows) -> Rows | None:
    if path is None:
        return None
    sets = read_rows(path)
    require_schema(sets.schema, schema_identity(rows.schema)[0], tuple(schema_identity(rows.schema)[1].items()))
    if not (sets.split == MADE).any():
        raise TrainingDataError(f"{path} has no rows of the split {MADE!r}")
    return sets


def _headline(section: str, bench: _Bench, split: Split, preset: Preset | None = None) -> Measured:
    """Yield the figures of one fit on its test rows, with its curve."""
    preset = preset or bench.preset
    scored = bench.scored(split, preset)
    yield measure(scored, section, split.name, preset.name, bench.fit(split, preset).points, split.note)
    yield curve(scored, split.name, preset.name)


def _random(bench: _Bench) -> Measured:
    for preset in dict.fromkeys((bench.preset, find_preset("samaana2024"))):
        yield from _headline("random", bench, bench.split("random"), preset)


def _campaign(bench: _Bench) -> Measured:
    split = bench.split("campaign")
    yield from _headline("campaign", bench, split)
    yield from slices(bench.rows, split, bench.scored(split), ("year",))


def _time(bench: _Bench) -> Measured:
    for split in bench.times():
        yield from _headline("time", bench, split)


def _baselines(bench: _Bench) -> Measured:
    rows, small = bench.rows, f"sdist under {TRIVIAL_BYTES:,} bytes"
    trivial = (rows.kind == Kind.SDIST.value) & (rows.size < TRIVIAL_BYTES)
    paper = find_preset("samaana2024")
    for split in (bench.split(f"after {cut}") for cut in dict.fromkeys((CUTS[0], CUTS[-1]))):
        said = {small: trivial[split.test].astype(np.float64)}
        sample = training_sample(rows, split.train, bench.preset.weighting, bench.seed)
        for name, title in (("decision_tree", "one decision tree"), ("linear_columns", "logistic regression")):
            learner = make_learner(name, bench.threads)
            learner.fit(sample, bench.seed)
            said[title] = learner.predict(rows.frame.take(split.test))
        for title, scores in (*said.items(), (paper.name, bench.learners(split, paper).score)):
            scored = bench.asked(split, scores)
            yield measure(scored, "baselines", split.name, title)
            yield curve(scored, split.name, title)


def _learners(bench: _Bench) -> Measured:
    for split in bench.times():
        fitted = bench.fit(split)
        stack, said = fitted.stack, bench.learners(split).learners
        for position, learner in enumerate(stack.learners_):
            yield measure(bench.asked(split, said[:, position]), "learners", split.name, f"{learner.name} alone")
            if len(stack.learners_) < 2:
                continue
            rest = [at for at in range(len(stack.learners_)) if at != position]
            sample = fitted.sample
            coefficients, intercept = fit_meta(stack.out_of_fold_[:, rest], sample.labels, sample.weights)
            without = combine(log_odds(said[:, rest]), coefficients, intercept)
            yield measure(bench.asked(split, without), "learners", split.name, f"without {learner.name}")


def _group_fits(bench: _Bench) -> Planned:
    # The earliest cut: it has the most campaigns after it, and differences of a few campaigns are noise.
    split = bench.split(f"after {CUTS[0]}")
    for preset in ablations(bench.preset, schema_identity(bench.rows.schema)[1]):
        yield split, preset


def _groups(bench: _Bench) -> Measured:
    for split, preset in _group_fits(bench):
        yield measure(bench.scored(split, preset), "groups", split.name, preset.name)


def _slices(bench: _Bench) -> Measured:
    for split in bench.times():
        yield from slices(bench.rows, split, bench.scored(split), ("year", "payload place", "kind", "size", "stratum"))


def _popular(bench: _Bench) -> Measured:
    split = bench.split(DESIGN)
    yield from alarm_probes(bench.rows, split, bench.fit(split))


def _sets(bench: _Bench) -> Measured:
    split = bench.split(DESIGN)
    assert bench.sets is not None
    yield from set_probes(bench.rows, split, bench.fit(split), bench.scored(split), bench.sets)


def _only(*names: str) -> Callable[[_Bench], Planned]:
    def fits(bench: _Bench) -> Planned:
        return [(bench.split(name), bench.preset) for name in names]

    return fits


def _random_fits(bench: _Bench) -> Planned:
    return [(bench.split("random"), preset) for preset in (bench.preset, find_preset("samaana2024"))]


def _time_fits(bench: _Bench) -> Planned:
    return [(split, bench.preset) for split in bench.times()]


def _baseline_fits(bench: _Bench) -> Planned:
    cuts = (bench.split(f"after {cut}") for cut in dict.fromkeys((CUTS[0], CUTS[-1])))
    return [(split, find_preset("samaana2024")) for split in cuts]


@dataclass(frozen=True, slots=True)
class _Part:
    """A section: its name, the fits that it needs, and what it measures with them."""

    name: str
    fits: Callable[[_Bench], Planned]
    measured: Callable[[_Bench], Measured]


SECTIONS: tuple[_Part, ...] = (
    _Part("time", _time_fits, _time),
    _Part("popular", _only(DESIGN), _popular),
    _Part("sets", _only(DESIGN), _sets),
    _Part("slices", _time_fits, _slices),
    _Part("learners", _time_fits, _learners),
    _Part("campaign", _only("campaign"), _campaign),
    _Part("random", _random_fits, _random),
    _Part("baselines", _baseline_fits, _baselines),
    _Part("groups", _group_fits, _groups),
)
"""Parts of an evaluation, what matters most first: an interrupted one has that at least."""
