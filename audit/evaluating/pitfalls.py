"""The ten pitfalls of Arp and others (USENIX Security 2022), each with what we do and how far we fall short."""

from collections.abc import Iterator
from dataclasses import dataclass

from model.evaluation.contract import Evaluation, SplitSummary


@dataclass(frozen=True, slots=True)
class Pitfall:
    """One pitfall: its name there, what is done against it here, and what is left of it."""

    name: str
    done: str
    short: str


def pitfalls(evaluation: Evaluation) -> Iterator[Pitfall]:
    """Yield the ten, with the figures of this evaluation."""
    splits = {facts.name: facts for facts in evaluation.splits}
    forward = [facts for name, facts in splits.items() if name.startswith("after ")]
    latest = forward[-1] if forward else None
    sets = evaluation.section("sets")
    baselines = evaluation.section("baselines")
    yield Pitfall(
        "Sampling bias",
        "Benign artifacts are drawn from the index in strata: a long tail matched to the malware by year, format and "
        "size, random projects, fresh uploads, popular projects, ones that look guilty, and pairs of releases. Time "
        "splits ask only about the strata that a night's uploads look like; the others are reported apart.",
        "The malware is one public registry's: what nobody reported is not in it, 94 % of it are sdists, most of "
        "them small, and it holds no .pth payload and hardly a compromised release of a real project. "
        + (
            "The sets of blind spots stand in for those, and they are made by us, not found."
            if sets
            else "This evaluation has no sets of made artifacts that would stand in for those."
        ),
    )
    yield Pitfall(
        "Label inaccuracy",
        "The benign artifacts that an earlier model scored highest were read by eye, and each decision has its reason "
        "in model/pretrained/reviewed.csv: what turned out malicious is left out, what is grey is kept in the test and "
        "not learnt from. The interval beside each recall is a bootstrap over campaigns, so one wrong campaign shows.",
        "Benign means: still on the index when the list was drawn. That is no proof, and an upload that is removed "
        "next month counts as our false alarm today. Only what a model of this family scored high was read, so errors "
        "that it does not see stay. Malware with a disputed label is left out of the test rows too, which the paper "
        "advises against; about 1 % of what is left is wrong or grey.",
    )
    yield Pitfall(
        "Data snooping",
        "Campaigns and projects are parted before anything is learnt; vocabulary, bins, medians and rarities come "
        "from the training side of each split alone. Variants made of malware follow their campaign and are never "
        "asked about.",
        "Three things look ahead. The index of known code and the list of popular names are built from today's "
        "releases, so an earlier cut has them in hindsight. The indicators were written by people who know the "
        "malware up to 2024. And the test rows of the split dev, benign and malicious, were seen while features and "
        "learners were chosen, so its figures steer and do not prove; malware of 2025 and later was never read.",
    )
    yield Pitfall(
        "Spurious correlations",
        "Format and size are matched between the classes and reported apart, and the rule that sees nothing else "
        "stands among the baselines. File times, tar owners and everything that only an index knows are no features.",
        "Malicious wheels and large malicious artifacts are few, so what is said of them is uncertain. What ties a "
        "package to its year (metadata version, build backend) is seen by the learners.",
    )
    yield Pitfall(
        "Biased parameter selection",
        "Verdicts are thresholds fixed on benign validation projects that no learner and no test has seen.",
        "Recall at 1 %, 0.1 % and 0.01 % is read off the test rows themselves, which an operator cannot do: the "
        "fixed points are what he gets. Settings of the learners were chosen by hand on time splits, not nested.",
    )
    yield Pitfall(
        "Inappropriate baseline",
        "A rule without learning, one decision tree, logistic regression and the line-up of Samaana and others on "
        "columns like theirs, all on the same splits."
        if baselines
        else "The baselines were not measured in this evaluation.",
        "No other scanner was run on these artifacts, and no automated search for a learner.",
    )
    yield Pitfall(
        "Inappropriate measures",
        "Recall at rates of false alarms that a person can live with, for artifacts and with every campaign counted "
        "once; alerts a night; precision at the live base rate. F1 stands there for comparison only.",
        "Recall weighs all malware alike; what it does is not weighed.",
    )
    yield Pitfall(
        "Base-rate fallacy",
        "Precision is restated for one malicious upload in 425, not for the share in the test rows, and curves have "
        "a logarithmic axis of false alarms.",
        _support(latest),
    )
    yield Pitfall(
        "Lab-only evaluation",
        "Training ends before the test begins, on several cut dates, and campaigns are kept apart as they are live.",
        "It was not deployed: nobody has yet read its alarms night after night on a real mirror. Time and memory "
        "are measured elsewhere, not in this page.",
    )
    yield Pitfall(
        "Inappropriate threat model",
        "Malware rewritten to hide and payloads injected into real projects are asked about, without the campaigns "
        "that were learnt from; archives that lie about their contents are features."
        if sets
        else "Archives that lie about their contents are features. Rewritten and injected malware was not asked "
        "about in this evaluation.",
        "The rewriting is ours and does not adapt to the model; an attacker who owns the model can search for a "
        "clear verdict. Poisoned training labels were not tested. What is only downloaded when the code runs was "
        "never in the artifact.",
    )


def _support(latest: SplitSummary | None) -> str:
    if latest is None:
        return "No time split was measured."
    return (
        f"The latest cut has {latest.test_benign:,} live benign test rows: they support a rate of "
        f"{3 / latest.test_benign:.2%} (3 in n, at 95 %). What is said of 0.01 % is an extrapolation, "
        "since that needs about 30,000."
    )
