"""Imports xgboost without its scikit-learn classes.

Those classes import most of scikit-learn and scipy.stats, a third of the start of `boojum scan`, and nothing here uses
them. xgboost leaves them out where scikit-learn is not installed, so scikit-learn is hidden while xgboost is imported.
Learners that use scikit-learn import it themselves when they are fitted.
"""

import sys

_HIDDEN = "sklearn"

_hides = _HIDDEN not in sys.modules and "xgboost" not in sys.modules
if _hides:
    sys.modules[_HIDDEN] = None  # type: ignore[assignment] # Python's own mark of a module that cannot be imported
try:
    from xgboost import Booster, DMatrix, train
    from xgboost.core import XGBoostError
finally:
    if _hides:
        del sys.modules[_HIDDEN]

__all__ = ["Booster", "DMatrix", "XGBoostError", "train"]
