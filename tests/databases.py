"""Which databases a test runs on, where both would say nothing more."""

import pytest

ON_SQLITE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
ON_POSTGRES = pytest.mark.parametrize("settings", ["postgres"], indirect=True)
