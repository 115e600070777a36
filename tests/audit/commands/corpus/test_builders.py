"""`boojum corpus sample, benign, malicious, rows, variants, releases, payloads`: the flags that reach the builders, and exit statuses."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from audit import cli
from audit.exits import Exit
from jobs.corpus.contract import BuildResult, MissingFile
from jobs.corpus.payloads.building import PayloadsBuilt
from jobs.corpus.payloads.contract import SPLITS
from jobs.corpus.releases import ReleasesReport
from jobs.corpus.sample import SampleReport
from jobs.corpus.words import WordsReport


@pytest.fixture
def benign_list(tmp_path):
    file = tmp_path / "benign.csv"
    file.write_text("project,version,filename,sha256\n", encoding="utf-8")
    return file


def result(*missing: MissingFile) -> BuildResult:
    return BuildResult(out=Path("tree"), listed=2, written=1, kept=0, bytes=10, missing=missing, seconds=1.0)


MISSING = MissingFile("gone", "1.0", "gone-1.0.tar.gz", "00", "it is gone")


@pytest.mark.parametrize(("expected", "built"), [(Exit.COMPLETE, result()), (Exit.INCOMPLETE, result(MISSING))])
def test_benign_fetches_a_list_into_a_tree(expected, built, benign_list, tmp_path, monkeypatch, capsys):
    calls = []

    def build_benign(listed, out, *, client, progress):
        calls.append((list(listed), out, client.url))
        return built

    monkeypatch.setattr("jobs.corpus.benign.build_benign", build_benign)
    monkeypatch.setattr("jobs.corpus.index.IndexClient", lambda url="default": SimpleNamespace(url=url))
    argv = ["corpus", "benign", "--list", str(benign_list), "--out", str(tmp_path / "tree"), "--quiet"]
    assert expected == cli.main([*argv, "--index-url", "https://index.invalid/simple"])
    assert [([], tmp_path / "tree", "https://index.invalid/simple")] == calls
    assert "2 listed: 1 written" in capsys.readouterr().out
    cli.main(argv)
    assert "default" == calls[1][2]


def test_benign_needs_a_list_and_a_folder(benign_list, capsys):
    assert Exit.MISUSE == cli.main(["corpus", "benign", "--list", str(benign_list)])
    assert "--out" in capsys.readouterr().err
    assert Exit.MISUSE == cli.main(["corpus", "benign", "--out", "tree"])
    assert "--list" in capsys.readouterr().err


def test_words_reads_a_tree_by_its_list(benign_list, tmp_path, monkeypatch, capsys):
    calls = []

    def list_words(files, into, *, progress):
        calls.append((files, into))
        return WordsReport(2, 2, 700, 2**20)

    monkeypatch.setattr("jobs.corpus.words.list_words", list_words)
    argv = ["corpus", "words", "--list", str(benign_list), "--tree", str(tmp_path), "--into", "words.csv.gz", "--quiet"]
    assert Exit.COMPLETE == cli.main(argv)
    assert [([], Path("words.csv.gz"))] == calls
    assert "700 words of 2 artifacts of 2 projects, 1,024 KiB" in capsys.readouterr().out


def test_sample_draws_a_list_of_a_size_in_strata(tmp_path, monkeypatch, capsys):
    calls = []

    def sample_benign(out, **how):
        calls.append((out, how))
        return SampleReport(rows=10, by_stratum={"random": 10}, short={}, unanswered=0)

    monkeypatch.setattr("jobs.corpus.sample.sample_benign", sample_benign)
    monkeypatch.setattr("jobs.corpus.index.IndexClient", lambda *_: None)
    argv = ["corpus", "sample", "--size", "10", "--into", str(tmp_path / "list.csv"), "--strata", "random=1"]
    assert Exit.COMPLETE == cli.main([*argv, "--exclude", "a", "--exclude", "b", "--quiet"])
    ((out, how),) = calls
    assert (tmp_path / "list.csv", 10, [Path("a"), Path("b")], 1) == (
        out,
        sum(how["strata"].values()),
        how["exclude"],
        how["seed"],
    )
    assert "10 artifacts drawn" in capsys.readouterr().out


@pytest.mark.parametrize("flags", [["--size", "3"], ["--into", "x"], ["--size", "many", "--into", "x"]])
def test_sample_needs_a_size_and_a_file(flags, capsys):
    assert Exit.MISUSE == cli.main(["corpus", "sample", *flags])
    assert 1 == capsys.readouterr().err.count("\n")


def test_an_unknown_stratum_names_the_known_ones(capsys):
    assert Exit.MISUSE == cli.main(["corpus", "sample", "--size", "3", "--into", "x", "--strata", "none=1"])
    assert "longtail" in capsys.readouterr().err


def test_malicious_takes_a_list_out_of_a_clone(tmp_path, monkeypatch, capsys):
    calls = []

    def build_malicious(git, listed, out, *, progress):
        calls.append((git, listed, out))
        return result(MISSING)

    monkeypatch.setattr("jobs.corpus.malicious.build_malicious", build_malicious)
    monkeypatch.setattr("jobs.corpus.malicious.read_blob_list", lambda file: file)
    argv = ["corpus", "malicious", "--git", "clone", "--list", "malware.csv", "--out", "tree", "--quiet"]
    assert Exit.INCOMPLETE == cli.main(argv)
    assert [(Path("clone"), Path("malware.csv"), Path("tree"))] == calls


TREES = ["--benign", "b", "--benign-list", "b.csv", "--malicious", "m", "--malicious-list", "m.csv"]


def test_rows_label_the_malicious_tree_1_and_the_benign_tree_0(tmp_path, monkeypatch):
    calls = []

    def build_rows(trees, out, into, **how):
        calls.append((trees, out, into, how))
        return SimpleNamespace(missing=1)

    monkeypatch.setattr("jobs.corpus.rows.build_rows", build_rows)
    monkeypatch.setattr("audit.corpus_commands.render_rows", lambda _: "rows")
    argv = ["corpus", "rows", *TREES, "--into", "rows.parquet", "--out", str(tmp_path), "--cap", "3", "--quiet"]
    assert Exit.INCOMPLETE == cli.main([*argv, "--workers", "2", "--memory", "1GiB"])
    (((malicious, benign), out, into, how),) = calls
    assert [1, 0] == [malicious.label, benign.label]
    assert (tmp_path, Path("rows.parquet"), 3, None) == (out, into, how["cap"], how["leave_out"])
    assert how["reviewed"].name == "reviewed.csv"


def test_variants_are_made_with_a_seed(tmp_path, monkeypatch):
    calls = []

    def build_variants(trees, out, **how):
        calls.append((trees, out, how))

    monkeypatch.setattr("jobs.corpus.variants.building.build_variants", build_variants)
    monkeypatch.setattr("audit.corpus_commands.render_variants", lambda _: "variants")
    argv = ["corpus", "variants", *TREES, "--out", str(tmp_path), "--noise", "noise.csv", "--quiet"]
    assert Exit.COMPLETE == cli.main(argv)
    ((_, out, how),) = calls
    assert (tmp_path, 1, Path("noise.csv")) == (out, how["seed"], how["leave_out"])


@pytest.mark.parametrize("command", ["rows", "variants"])
def test_both_trees_are_needed(command, capsys):
    assert Exit.MISUSE == cli.main(["corpus", command, *TREES[:4]])
    assert "--malicious, --malicious-list" in capsys.readouterr().err


def test_releases_draws_a_list_of_projects(tmp_path, monkeypatch, capsys):
    calls = []

    def draw_releases(out, **how):
        calls.append((out, how["projects"], how["seed"], how["exclude"]))
        return ReleasesReport(files=7, projects={"popular": 1, "tail": 2}, unanswered=3)

    monkeypatch.setattr("jobs.corpus.releases.draw_releases", draw_releases)
    monkeypatch.setattr("jobs.corpus.index.IndexClient", lambda url="default": SimpleNamespace(url=url))
    argv = ["corpus", "releases", "--count", "9", "--into", str(tmp_path / "r.csv"), "--seed", "4", "--quiet"]
    assert Exit.COMPLETE == cli.main(argv)
    assert [(tmp_path / "r.csv", 9, 4, frozenset())] == calls
    out = capsys.readouterr().out
    assert "7 files of consecutive releases" in out
    assert "did not answer for 3 names" in out


def test_payloads_builds_releases_from_hosts_and_donors(tmp_path, monkeypatch, capsys):
    calls = []

    def build_releases(planned, out, *, progress):
        calls.append((planned, out))
        return PayloadsBuilt(
            tmp_path / "manifest.csv", positives=3, twins=2, skipped={"native-script: has no dist-info": 4}, resumed=1
        )

    monkeypatch.setattr("jobs.corpus.payloads.building.build_releases", build_releases)
    monkeypatch.setattr("jobs.corpus.payloads.hosts.read_hosts", lambda listing, tree, progress: [listing, tree])
    monkeypatch.setattr("jobs.corpus.payloads.hosts.pair_hosts", lambda hosts: hosts)
    monkeypatch.setattr("jobs.corpus.payloads.donors.read_donors", lambda listing, tree, seed: [listing, tree, seed])
    monkeypatch.setattr("jobs.corpus.payloads.plan.plan_releases", lambda *given: given)
    argv = [
        "corpus",
        "payloads",
        "--hosts",
        "h",
        "--hosts-list",
        "h.csv",
        "--out",
        str(tmp_path),
        "--twins",
        "5",
        "--quiet",
    ]
    assert Exit.COMPLETE == cli.main([*argv, "--malicious", "m", "--malicious-list", "m.csv"])
    pairs, donors, counts, seed, families = calls[0][0]
    assert set(SPLITS) == {family.split for family in families}
    assert ([Path("h.csv"), Path("h")], [Path("m.csv"), Path("m"), 1]) == (pairs, donors)
    assert (5_000, 1_200, 5, 1) == (counts.templates, counts.transplants, counts.twins, seed)
    out = capsys.readouterr().out
    assert "3 releases with payloads and 2 honest ones" in out
    assert "4 native-script: has no dist-info" in out
    assert Exit.MISUSE == cli.main([*argv, "--malicious", "m"])
    assert Exit.COMPLETE == cli.main([*argv, "--families", "pth-line, setup-top"])
    assert ["pth-line", "setup-top"] == [family.name for family in calls[-1][0][4]]
    capsys.readouterr()
    for names in ("pth-line,unheard-of", ","):
        assert Exit.MISUSE == cli.main([*argv, "--families", names])
        assert "--families" in capsys.readouterr().err
