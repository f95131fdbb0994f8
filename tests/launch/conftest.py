"""Fixtures of the launch tests: the environment, a clone of the work tree."""

import environment
import pytest


@pytest.fixture(scope="session")
def say(request):
    """Tell the person who waits what is under way."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def write(text):
        with capture.global_and_fixture_disabled():
            print(f"\n  {text}", end=" ", flush=True)

    return write


@pytest.fixture(scope="session")
def launch_environment(say):
    environment.build(say)


@pytest.fixture(scope="session")
def repository(tmp_path_factory):
    """A git repository with the work tree as it is, in place of the one on GitHub."""
    return environment.clone(tmp_path_factory.mktemp("repository") / "course")
