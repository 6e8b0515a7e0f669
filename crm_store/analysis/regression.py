"""A straight line through figures, and the range in which the next one lies: ordinary least squares."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """``coefficients``: the start, then one for each feature; ``errors`` their standard errors. ``freedom``
    is the rows beyond what the line needs, ``spread`` the deviation of rows from the line."""

    coefficients: Floats
    errors: Floats
    spread: float
    freedom: int
    _inverse: Floats

    def interval(self, at: int, *, level: float = 0.8) -> tuple[float, float]:
        """Of a coefficient, 0 for the start."""
        reach = float(stats.t.ppf(0.5 + level / 2, self.freedom)) * self.errors[at]
        return float(self.coefficients[at] - reach), float(self.coefficients[at] + reach)

    def predict(self, features: Floats) -> float:
        return float(np.concatenate(([1.0], features)) @ self.coefficients)

    def predicted(self, features: Floats, *, level: float = 0.8) -> tuple[float, float]:
        """The range of one new figure: the line's own doubt, and that of a row about it."""
        row = np.concatenate(([1.0], features))
        doubt = self.spread * float(np.sqrt(1 + row @ self._inverse @ row))
        reach = float(stats.t.ppf(0.5 + level / 2, self.freedom)) * doubt
        return self.predict(features) - reach, self.predict(features) + reach


def fit(x: Floats, y: Floats) -> Line | None:
    """``x`` is (n, features) or (n,). None where there are no more rows than coefficients, or where features
    say the same."""
    table = np.column_stack([np.ones(len(y)), x])
    freedom = len(y) - table.shape[1]
    if freedom < 1 or np.linalg.matrix_rank(table) < table.shape[1]:
        return None
    inverse = np.linalg.inv(table.T @ table)
    coefficients = inverse @ (table.T @ y)
    spread = float(np.sqrt(((y - table @ coefficients) ** 2).sum() / freedom))
    return Line(coefficients, spread * np.sqrt(np.diag(inverse)), spread, freedom, inverse)
