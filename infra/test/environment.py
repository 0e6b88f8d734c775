"""Virtual environments of Python, each made once, under target."""

import importlib.util
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def enter(name, requirements, *modules):
    """Goes on in an environment that has these modules, if they are not here: from the start, once more."""
    if all(importlib.util.find_spec(module) for module in modules):
        return
    python = interpreter(name, requirements)
    os.execv(python, [python, *sys.argv])


def interpreter(name, requirements):
    """The interpreter of an environment that has what the requirements say."""
    venv = ROOT / "target/infra" / name
    done = venv / "requirements.txt"
    if not done.exists() or done.read_text() != requirements.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        pip = [venv / "bin/python", "-m", "pip", "install", "--quiet", "--no-deps"]
        subprocess.run([*pip, "--disable-pip-version-check", "-r", requirements], check=True)
        done.write_text(requirements.read_text())
    return venv / "bin/python"
