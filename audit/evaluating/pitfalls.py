"""States the ten pitfalls of Arp and others (USENIX Security 2022), with our measures against each and their limits."""

from collections.abc import Iterator
from dataclasses import dataclass

from model.evaluation.contract import Evaluation, SplitSummary


@dataclass(frozen=True, slots=True)
class Pitfall:
    """A pitfall of that paper: its name, the measures taken against it, and their limits."""

    name: str
    measures: str
    limits: str


def pitfalls(evaluation: Evaluation) -> Iterator[Pitfall]:
    """Yield the ten pitfalls, with the figures of this evaluation."""
    has_sets = evaluation.section("sets") is not None
    has_baselines = evaluation.section("baselines") is not None
    yield Pitfall(
        "Sampling bias",
        "Benign artifacts are drawn from the index in strata: a long tail matched to the malware by year, format and "
        "size, random projects, fresh uploads, popular projects, ones that look guilty, and pairs of releases. Time "
        "splits test only on the strata that a night's uploads resemble; the others are reported apart.",
        "All malware is of one public registry: malware that nobody reported is missing, 94 % of the artifacts are "
        "sdists, most of them small, and there is no .pth payload and hardly a compromised release of a real project. "
        + (
            "The sets of blind spots stand in for those, and we made them."
            if has_sets
            else "This evaluation has no sets of blind spots that would stand in for those."
        ),
    )
    yield Pitfall(
        "Label inaccuracy",
        "A person read the benign artifacts that an earlier model scored highest. Each decision has its reason in "
        "model/pretrained/reviewed.csv: malicious artifacts are left out, grey ones stay in the test rows and are not "
        "trained on. The interval of each recall is a bootstrap over campaigns, so one wrong campaign shows.",
        "Benign means: still on the index when the list was drawn. That is no proof, and an upload that is removed "
        "next month counts as our false alarm today. Only artifacts that a model of this family scored high were read, "
        "so errors that it does not see remain. Malware with a disputed label is left out of the test rows too, which "
        "the paper advises against; about 1 % of the rest is wrong or grey.",
    )
    yield Pitfall(
        "Data snooping",
        "Campaigns and projects are separated before anything is learnt. Vocabulary, bins, medians and rarities come "
        "from the training rows of each split alone. Variants of malware follow their campaign and are never tested "
        "on.",
        "Three things look ahead. The index of known code and the list of popular names are built from today's "
        "releases, so an earlier cut has them in hindsight. The indicators were written by people who know the "
        "malware up to 2024. And the test rows of the split dev, benign and malicious, were seen while features and "
        "learners were chosen, so its figures guided the design and prove nothing; malware of July 2025 and later was "
        "never read. Families of payloads that are held out were written by the author of those that are learnt.",
    )
    yield Pitfall(
        "Spurious correlations",
        "Format and size are matched between the classes and reported apart, and a rule that uses nothing else is one "
        "of the baselines. File times, tar owners and everything that only an index knows are not features.",
        "Malicious wheels and large malicious artifacts are few, so their figures are uncertain. The learners see "
        "columns that date a package (metadata version, build backend).",
    )
    yield Pitfall(
        "Biased parameter selection",
        "Verdicts are thresholds fixed on benign validation projects that no learner and no test has seen.",
        "Recall at 1 %, 0.1 % and 0.01 % uses thresholds of the test rows themselves, which a user cannot have: a user "
        "gets the fixed points. Settings of the learners were chosen by hand on time splits, without nesting.",
    )
    yield Pitfall(
        "Inappropriate baseline",
        "A rule without learning, one decision tree, logistic regression and the learners of Samaana and others on "
        "columns like theirs, all on the same splits."
        if has_baselines
        else "The baselines were not measured in this evaluation.",
        "No other scanner was run on these artifacts, and no automated search for a learner.",
    )
    yield Pitfall(
        "Inappropriate measures",
        "Recall at false positive rates that a person can work with, for artifacts and with every campaign counted "
        "once; alerts a night; precision at the live base rate. F1 is given for comparison only.",
        "Recall weighs all malware equally, whatever harm it does.",
    )
    yield Pitfall(
        "Base-rate fallacy",
        "Precision is restated for one malicious upload in 425 instead of the share in the test rows, and curves have "
        "a logarithmic axis of false alarms.",
        _supported_rate([split for split in evaluation.splits if split.name.startswith("after ")]),
    )
    yield Pitfall(
        "Lab-only evaluation",
        "Training ends before the test begins, on several cut dates, and campaigns are separated as they are live.",
        "It was not deployed: nobody has yet read its alarms night after night on a real mirror. Time and memory "
        "are measured elsewhere (`boojum bench`).",
    )
    yield Pitfall(
        "Inappropriate threat model",
        "Malware rewritten to hide and payloads injected into real projects are scored, without the campaigns that "
        "were trained on; archives that lie about their contents are features."
        if has_sets
        else "Archives that lie about their contents are features. Rewritten and injected malware was not scored in "
        "this evaluation.",
        "The rewriting is ours and does not adapt to the model; an attacker who owns the model can search for a "
        "clear verdict. Poisoned training labels were not tested. Code that is downloaded only at run time was never "
        "in the artifact.",
    )


def _supported_rate(time_splits: list[SplitSummary]) -> str:
    """Return the false positive rate that the benign test rows of the latest cut support."""
    if not time_splits:
        return "No time split was measured."
    benign = time_splits[-1].test_benign
    return (
        f"The latest cut has {benign:,} live benign test rows: they support a rate of {3 / benign:.2%} (3 in n, at "
        "95 %). Figures at 0.01 % are an extrapolation, since that rate needs about 30,000."
    )
