"""Measures the form of declared metadata: the fields that are filled in and the problems of the file."""

import re

from features.contract import Scalar
from features.packaging.metadata import CoreMetadata

_STATUS = re.compile(r"Development Status :: (\d)")


def field_values(declared: CoreMetadata) -> dict[str, Scalar]:
    """Return the counts of problems, filled fields, classifiers and keywords."""
    topics = [classifier for classifier in declared.classifiers if classifier.startswith("Topic ::")]
    status = next((int(match[1]) for match in map(_STATUS.match, declared.classifiers) if match), None)
    common = (
        declared.summary,
        declared.description,
        declared.author,
        declared.emails,
        declared.homepage,
        declared.classifiers,
        declared.keywords,
        declared.licence,
    )
    return {
        "problems": len(declared.problems),
        "encoding_problem": "encoding" in declared.problems,
        "duplicate_fields": sum(problem.startswith("duplicate:") for problem in declared.problems),
        "fields": sum(map(bool, common)),
        "classifiers": len(declared.classifiers),
        "classifiers_topics": len(topics),
        "development_status": status,
        "keywords": len(declared.keywords),
        "licence_present": bool(declared.licence) or "license" in declared.dynamic,
    }
