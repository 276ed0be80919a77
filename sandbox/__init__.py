from sandbox.model import Finding, Limits, Program, Result, SandboxError, Status
from sandbox.runner import Build, Sandbox
from sandbox.session import Ended, Session
