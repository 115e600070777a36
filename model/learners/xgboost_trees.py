"""xgboost's trees, loaded without its classes in the manner of scikit-learn.

Those bring most of scikit-learn and all of scipy's statistics along, which takes a third of the start of whoever only
scores; nothing of ours uses them. xgboost does without where there is no scikit-learn, so for as long as it is
imported there is none. Learners that do use scikit-learn import it themselves, when they are fitted.
"""

import sys

_HIDDEN = "sklearn"

_is_ours = _HIDDEN not in sys.modules and "xgboost" not in sys.modules
if _is_ours:
    sys.modules[_HIDDEN] = None  # type: ignore[assignment] # how Python itself says that a module is not there
try:
    from xgboost import Booster, DMatrix, train
    from xgboost.core import XGBoostError
finally:
    if _is_ours:
        del sys.modules[_HIDDEN]

__all__ = ["Booster", "DMatrix", "XGBoostError", "train"]
