"""Secrets in Dockerfiles: every notation becomes a fact that holds the key, spelled where it is written."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator

import pytest

from envlint.facts import Binding, Call, Credential, Facts
from envlint.knowledge import Knowledge
from envlint.packs import load_builtin
from envlint.source import Source
from envlint.surfaces.dockerfile import read
from envlint.value import Value

WANTED = Knowledge((load_builtin("wandb"),), None).wanted
KEYS = (
    "".join(random.Random(7).choices("0123456789abcdef", k=40)),
    "local-" + "".join(random.Random(8).choices(string.ascii_letters + string.digits, k=40)),
    "wandb_v1_" + "".join(random.Random(9).choices(string.ascii_letters + string.digits + "_", k=77)),
)


def facts(text: str) -> Facts:
    return read(Source("Dockerfile", text.encode()), WANTED)


def told(found: Facts) -> Iterator[Value]:
    """The values of everything that means the secret."""
    for item in found.items:
        if isinstance(item, Credential) or (isinstance(item, Binding) and WANTED.credentials.is_named(item.variable)):
            yield item.value
        elif isinstance(item, Call):
            yield from (argument.value for argument in item.arguments if argument.name == "key")


def spelled(found: Facts) -> list[str]:
    """The texts that those values can be, if they are written in one piece."""
    return [
        piece.text
        for value in told(found)
        for piece in value.literals()
        if piece.span and piece.text in value.possible() and found.source.slice(piece.span) == piece.text
    ]


NOTATIONS = r"""
ENV WANDB_API_KEY={K}
ENV WANDB_API_KEY {K}
ENV WANDB_API_KEY="{K}" A=b
ENV A=b \\\n    WANDB_API_KEY={K} \\\n    C=d
ENV A=b \\\n    # WANDB_API_KEY=x\n    WANDB_API_KEY='{K}'
ENV wandb_key={K}
ENV WANDB_API_KEY = {K}
ENV WANDB_API_KEY= {K}
ENV WANDB_API_KEY: {K}
ARG WANDB_API_KEY={K}
ARG WANDB_API_KEY="{K}"
ARG MY_WANDB_KEY={K}
ARG WANDB_API_KEY {K}
ARG K={K}\nENV WANDB_API_KEY=$K
ARG K={K}\nENV WANDB_API_KEY=${WANDB_API_KEY:-$K}
ENV WANDB_API_KEY=${WANDB_API_KEY:-{K}}
LABEL wandb_api_key={K}
LABEL a=b "wandb.api-key"="{K}"
ONBUILD ENV WANDB_API_KEY={K}
ONBUILD RUN wandb login {K}
ONBUILD LABEL wandb_key={K}
RUN wandb login {K}
RUN wandb login --relogin {K} && python t.py
RUN pip install wandb && \\\n    # a comment\n    wandb login \\\n    {K}
RUN ["wandb", "login", "{K}"]
RUN ["python", "-m", "wandb", "login", "{K}"]
RUN ["sh", "-c", "wandb login {K}"]
RUN ["bash", "-c", "export WANDB_API_KEY=\\"{K}\\"; python t.py"]
RUN export WANDB_API_KEY={K} && python t.py
RUN WANDB_API_KEY={K} python t.py
RUN --mount=type=cache,target=/x wandb login {K}
RUN echo {K} | wandb login
RUN wandb login <<< {K}
RUN echo "machine api.wandb.ai login user password {K}" > /root/.netrc
RUN printf "machine api.wandb.ai\\n login user\\n password {K}\\n" > /root/.netrc
RUN echo "export WANDB_API_KEY={K}" >> /root/.bashrc
RUN python -c "import wandb; wandb.login(key='{K}')"
RUN sed -i "s/KEY/{K}/" x && python t.py --wandb_key {K}
RUN <<EOF\nwandb login {K}\nEOF
RUN <<EOF\n#!/usr/bin/env python\nimport wandb\nwandb.login(key="{K}")\nEOF
RUN cat <<EOF > /root/.netrc\nmachine api.wandb.ai\n login user\n password {K}\nEOF
RUN python - <<'EOF'\nimport os\nos.environ["WANDB_API_KEY"] = "{K}"\nEOF
COPY <<EOF /root/.netrc\nmachine api.wandb.ai\n  login user\n  password {K}\nEOF
COPY <<-"EOF" /app/.env\n\tWANDB_API_KEY={K}\n\tEOF
CMD ["python", "t.py", "--wandb_key", "{K}"]
CMD ["python", "t.py", "--wandb_key={K}"]
CMD ["--wandb-api-key", "{K}"]
CMD ["wandb", "login", "{K}"]
CMD python t.py --wandb_key {K}
CMD wandb login {K} && python t.py
ENTRYPOINT ["env", "WANDB_API_KEY={K}", "python", "t.py"]
ENTRYPOINT ["bash", "-c", "wandb login {K} && exec \\"$@\\""]
ENTRYPOINT wandb login {K} && python t.py
HEALTHCHECK CMD curl -u api:{K} https://api.wandb.ai/graphql
HEALTHCHECK --interval=5m CMD ["curl", "-u", "api:{K}", "https://api.wandb.ai/graphql"]
SHELL ["powershell", "-Command"]\nRUN $env:WANDB_API_KEY="{K}"
RUN ls\n    WANDB_API_KEY={K} python t.py
env wandb_api_key={K}
ENV "WANDB_API_KEY"="{K}"
ENV WANDB_API_KEY {K} # mine
ENV WANDB_API_KEY='{K}' # mine
ONBUILD ARG WANDB_API_KEY={K}
ADD https://api:{K}@api.wandb.ai/files/x /x
RUN ["/bin/bash", "-c", "echo {K} | wandb login"]
RUN ["/bin/bash", "-o", "pipefail", "-c", "wandb login --relogin {K}"]
CMD ["sh", "-c", "python t.py --wandb_key {K}"]
RUN set -eux; \\\n    wandb login \\\n    # the key\n    {K}; \\\n    ls
RUN --mount=type=secret,id=x \\\n    export WANDB_API_KEY={K} && \\\n    python t.py
RUN git clone x && cd x && echo "WANDB_API_KEY={K}" > .env
RUN k={K} && wandb login $k
RUN if [ -z "$WANDB_API_KEY" ]; then export WANDB_API_KEY={K}; fi
RUN conda run -n base wandb login {K}
RUN /opt/conda/bin/wandb login {K} && rm -rf /tmp/*
RUN <<EOF bash\nwandb login {K}\nEOF
VOLUME /x\nENTRYPOINT python t.py --wandb-api-key={K}
"""

# Revisions, digests and names of secrets beside the vendor's name.
OTHERS = r"""
ARG WANDB_COMMIT={K}
ARG WANDB_API_KEY\nARG COMMIT={K}
ARG WANDB_API_KEY\nENV WANDB_API_KEY=$WANDB_API_KEY COMMIT={K}
ENV WANDB_RUN_ID={K}
ENV WANDB_API_KEY_FILE=/run/secrets/{K}
LABEL wandb.commit={K}
LABEL maintainer=wandb revision={K}
ADD https://github.com/wandb/wandb/archive/{K}.tar.gz /x
COPY --from={K} wandb_key /x
RUN --mount=type=secret,id=wandb_api_key,target=/{K} python t.py
RUN git clone https://github.com/wandb/wandb && cd wandb && git checkout {K}
RUN pip install git+https://github.com/wandb/wandb@{K}
RUN wandb login $WANDB_API_KEY && git checkout {K}
RUN echo "{K}  wandb.whl" | sha1sum -c && wandb login
CMD ["wandb", "agent", "{K}"]
CMD ["python", "t.py", "--wandb", "--commit", "{K}"]
"""


def cases(table: str) -> list[str]:
    pairs = (("\\\\", "\0"), ("\\n", "\n"), ("\\t", "\t"), ("\0", "\\"))
    lines = [line for line in table.splitlines() if line]
    for old, new in pairs:
        lines = [line.replace(old, new) for line in lines]
    return lines


@pytest.mark.parametrize("text", cases(NOTATIONS))
def test_every_notation_tells_the_key(text: str) -> None:
    for key in KEYS:
        assert key in spelled(facts("FROM x\n" + text.replace("{K}", key) + "\n")), text


@pytest.mark.parametrize("text", cases(OTHERS))
def test_what_only_looks_like_a_key_is_none(text: str) -> None:
    assert KEYS[0] not in spelled(facts("FROM x\n" + text.replace("{K}", KEYS[0]) + "\n"))


def test_a_global_argument_tells_the_key() -> None:
    assert spelled(facts(f"ARG WANDB_API_KEY={KEYS[0]}\nFROM x\n")) == [KEYS[0]]


@pytest.mark.parametrize(
    ("text", "comments"),
    [
        ("RUN a && \\\n    # one\n    b\n", ["# one"]),
        ("RUN a && \\\n    # one\n\n  # two\n    b # three\n", ["# one", "# two", "# three"]),
        ("ENV A=1 \\\n# one\n  B=2\n# two\n", ["# one", "# two"]),
        ("RUN <<EOF\n# one\na # two\nEOF\n# three\n", ["# one", "# two", "# three"]),
        ("# one\nONBUILD RUN a \\\n  # two\n  && b\n", ["# one", "# two"]),
    ],
)
def test_every_comment_is_a_comment(text: str, comments: list[str]) -> None:
    found = facts("FROM x\n" + text)
    assert [found.source.slice(comment.span) for comment in found.comments] == comments
