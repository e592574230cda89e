"""Which candidates are effects, by a rule made by hand: what the trained judge is measured against."""

import numpy as np

from services.matting.rescue.features import Measures
from services.matting.rescue.groups import Values


def judge(measures: Measures) -> Values:
    """Per candidate 1 or 0: whether it is an effect."""
    m = measures
    noise = (m["area"] < 10) | (m["peak"] < 2.0)
    dirt = (m["peak"] < 4.0) & (m["area"] < 60)
    line = (m["along"] < 8) & (m["length"] > 20)
    shadow = (m["shade"] > 0.02) & (m["chroma"] < 6) & (m["hardness"] < 0.15) & (m["low"] > 0.7) & (m["wide"] > 1.3)
    return np.where(noise | dirt | line | shadow, 0.0, 1.0)
