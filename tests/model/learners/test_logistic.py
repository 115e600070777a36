import numpy as np
import pytest
from scipy.sparse import csr_matrix

from model.errors import TrainingDataError
from model.learners import logistic
from model.learners.logistic import fit_logistic

ROWS = csr_matrix(np.array([[1.0, 0.0]] * 20 + [[0.0, 1.0]] * 20))


def test_a_feature_of_malware_gets_a_positive_coefficient(make_frame, make_training) -> None:
    training = make_training(make_frame([[0.0]] * 40), [1] * 20 + [0] * 20)
    coefficients, intercept = fit_logistic(ROWS, training, 1.0, 0)
    assert (2,) == coefficients.shape
    assert coefficients[0] > 0 > coefficients[1]
    assert abs(intercept) < 0.1


def test_a_stronger_penalty_gives_smaller_coefficients(make_frame, make_training) -> None:
    training = make_training(make_frame([[0.0]] * 40), [1] * 20 + [0] * 20)
    weak, strong = (fit_logistic(ROWS, training, c, 0)[0] for c in (10.0, 0.01))
    assert (np.abs(strong) < np.abs(weak)).all()


@pytest.mark.filterwarnings("ignore:Liblinear failed to converge")
def test_a_fit_that_does_not_converge_is_an_error(make_frame, make_training, monkeypatch) -> None:
    monkeypatch.setattr(logistic, "ITERATIONS", 1)
    training = make_training(make_frame([[0.0]] * 40), [1] * 20 + [0] * 20)
    with pytest.raises(TrainingDataError, match="did not converge in 1 iterations"):
        fit_logistic(ROWS, training, 1e6, 0)
