from audit.faults import describe_faults
from jobs.contract import MirrorFault

SHRANK, REPLACED = MirrorFault("shrank", "9 of 10 are gone."), MirrorFault("replaced", "a: It has other bytes.")


def test_a_mirror_as_it_was_is_not_mentioned(document):
    assert [] == list(describe_faults(document()))


def test_a_fault_under_which_things_stand_makes_the_run_incomplete(document):
    run = document(faults=(SHRANK, REPLACED), counts={"standing": 9})
    first, *rest = describe_faults(run)
    assert "INCOMPLETE" in first
    assert "9 files stand" in first
    assert ["shrank: 9 of 10 are gone.", "replaced: a: It has other bytes."] == rest


def test_a_replaced_file_alone_is_no_incomplete_run(document):
    assert "INCOMPLETE" not in next(describe_faults(document(faults=(REPLACED,))))


def test_the_rest_is_counted(document):
    assert "and 1 more in the report" == list(describe_faults(document(faults=(SHRANK, REPLACED)), 1))[-1]
