"""Turns a skipped test, or one expected to fail, into a failed one where CI=true."""

import os

import pytest

if os.environ.get("CI") == "true":

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport():
        return as_failure((yield))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report():
        return as_failure((yield))


def as_failure(report):
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"In CI a skipped test is a failure: {reason(report)}"
    return report


def reason(report):
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2]
    return getattr(report, "wasxfail", "") or str(report.longrepr)
