"""Every notation by which Python code gives a key away, and its look-alikes: what becomes a fact, and where."""

from __future__ import annotations

import base64
from random import Random

import pytest

from envlint.credentials import Credentials
from envlint.facts import Binding, Call, Credential, Facts, Wanted
from envlint.source import Source, Span
from envlint.surfaces.python import read
from envlint.value import Value

CREDENTIALS = Credentials(
    names=frozenset({"wandbapikey", "wandbkey", "wandbtoken", "wandbsecret", "wandblogin", "weightsandbiasesapikey"}),
    fields=frozenset({"apikey", "key", "token", "password", "secret", "login"}),
    sections=frozenset({"wandb", "weightsandbiases", "wandbconfig", "wandbsettings", "wandblogger"}),
    hosts=frozenset({"api.wandb.ai", "wandb.ai"}),
)
CALLS = {
    "wandb.init": ("entity", "project", "dir", "id"),
    "wandb.login": ("key", "relogin"),
    "wandb.Api": ("overrides", "timeout", "api_key"),
    "wandb.Settings": (),
    "wandb.setup": ("settings",),
    "wandb.agent": ("sweep_id",),
    "wandb login": ("key",),
}
WANTED = Wanted(CALLS, ("WANDB", "wandb"), ("wandb",), CREDENTIALS)
SECRET_ARGUMENTS = {"wandb.login": "key", "wandb login": "key", "wandb.Api": "api_key", "wandb.Settings": "api_key"}
HEAD = "import os, sys, shlex, subprocess, base64\nimport wandb\n"


def made_up(seed: str) -> str:
    random = Random(seed)
    return "".join(random.choice("0123456789abcdef") for _ in range(40))


KEY = made_up("a key")
OTHER = made_up("another one")


def filled(text: str) -> str:
    """The text with keys in place of KEY (a half each: KE1, KE2), OTHER, B64 (of KEY), PAIR (of api:KEY), YEK."""
    texts = {
        "OTHER": OTHER,
        "PAIR": base64.b64encode(f"api:{KEY}".encode()).decode(),
        "B64": base64.b64encode(KEY.encode()).decode(),
        "KE1": KEY[:17],
        "KE2": KEY[17:],
        "YEK": KEY[::-1],
        "ESC": "".join(f"\\x{ord(c):02x}" for c in KEY),
        "<KEY>": KEY,
    }
    for mark, given in texts.items():
        text = text.replace(mark, given)
    return text


def facts(text: str) -> Facts:
    return read(Source("train.py", filled(text).encode()), WANTED)


def given_away(found: Facts) -> list[tuple[Value, Span]]:
    """The values of all facts by which something is given away: what a check over them can see."""
    values: list[tuple[Value, Span]] = []
    for item in found.items:
        match item:
            case Credential(value, _, span):
                values.append((value, span))
            case Binding(variable=name, value=value, value_span=span) if CREDENTIALS.is_named(name):
                values.append((value, span))
            case Call(function=function, arguments=arguments):
                secret = SECRET_ARGUMENTS.get(function)
                values.extend((each.value, each.value_span) for each in arguments if each.name == secret)
    return values


def keys(found: Facts) -> set[str]:
    """Which keys a check over the facts can see."""
    texts = {text for value, _ in given_away(found) for text in value.possible()}
    texts.update(piece.text for value, _ in given_away(found) for piece in value.literals())
    return {key for key in (KEY, OTHER) if key in texts}


NOTATIONS = [
    # names that hold it
    'WANDB_KEY = "<KEY>"',
    'WANDB_API_KEY = "<KEY>"',
    "wandb_api_key='<KEY>'",
    'MY_WANDB_API_KEY = "<KEY>"',
    'wandbApiKey = "<KEY>"',
    'weights_and_biases_api_key = "<KEY>"',
    'wandb_key: str = "<KEY>"',
    'class Cfg:\n    wandb_api_key = "<KEY>"',
    'class Cfg:\n    wandb_api_key: str = "<KEY>"',
    'class Cfg:\n    class wandb:\n        api_key = "<KEY>"',
    'class WandbConfig:\n    api_key: str = "<KEY>"',
    'class WandbSettings(Base):\n    key = "<KEY>"',
    'class A:\n    def __init__(self):\n        self.wandb_key = "<KEY>"',
    'class WandbLogger:\n    def __init__(self):\n        self.api_key = "<KEY>"',
    'cfg.wandb.api_key = "<KEY>"',
    'cfg.wandb.auth.api_key = "<KEY>"',
    'wandb.api_key = "<KEY>"',
    'wandb.settings.api_key = "<KEY>"',
    'config["wandb_api_key"] = "<KEY>"',
    'config["wandb"]["api_key"] = "<KEY>"',
    'config["wandb"].api_key = "<KEY>"',
    'cfg.get("wandb")["key"] = "<KEY>"',
    'NAME = "WANDB_API_KEY"\nenv = {}\nenv[NAME] = "<KEY>"',
    'a = WANDB_API_KEY = "<KEY>"',
    'project, WANDB_API_KEY = "vision", "<KEY>"',
    '(project, (wandb_key, entity)) = ("vision", ("<KEY>", "team"))',
    'if (wandb_key := "<KEY>"):\n    pass',
    'WANDB_KEY = ("KE1"\n    "KE2")',
    'WANDB_KEY = "KE1" + "KE2"',
    'WANDB_KEY = "ESC"',
    'WANDB_KEY = r"<KEY>"',
    'WANDB_KEY = b"<KEY>"',
    'WANDB_KEY = b"<KEY>".decode()',
    'WANDB_KEY = "<KEY>".strip()',
    'WANDB_KEY = "YEK"[::-1]',
    'WANDB_KEY = base64.b64decode("B64")',
    'WANDB_KEY = base64.b64decode("B64").decode("utf-8")',
    'WANDB_KEY = base64.b64decode(b"B64").decode()',
    'from base64 import b64decode\nWANDB_KEY = b64decode("B64").decode()',
    'WANDB_KEY = "".join(["KE1", "KE2"])',
    'WANDB_KEY = "%s%s" % ("KE1", "KE2")',
    'WANDB_KEY = "{}{}".format("KE1", "KE2")',
    'KEY = "<KEY>"\nWANDB_KEY = KEY',
    'KEY = base64.b64decode("B64")\nWANDB_KEY = KEY',
    'WANDB_KEY = "<KEY>" if prod else "OTHER"',
    'WANDB_KEY = os.getenv("MY_KEY") or "<KEY>"',
    'WANDB_KEY = os.getenv("MY_KEY", "<KEY>")',
    'WANDB_KEYS = ["OTHER", "<KEY>"]',
    'wandb_keys = {"alice": "<KEY>"}',
    'WANDB_KEY = random.choice(["<KEY>", "OTHER"])',
    'WANDB_KEY = SecretStr("<KEY>")',
    # mappings
    'x = {"wandb_api_key": "<KEY>"}',
    'f({"wandb": {"api_key": "<KEY>"}})',
    'x = {"wandb": {"auth": {"key": "<KEY>"}}}',
    'x = {"wandb": dict(api_key="<KEY>")}',
    'x = {"name": "WANDB_API_KEY", "value": "<KEY>"}',
    'x = {"value": "<KEY>", "name": "WANDB_API_KEY"}',
    'x = dict(wandb_key="<KEY>")',
    'x = dict(WANDB_API_KEY="<KEY>")',
    'x = dict([("WANDB_API_KEY", "<KEY>")])',
    'x = [("WANDB_API_KEY", "<KEY>")]',
    'x = [["WANDB_API_KEY", "<KEY>"]]',
    'wandb_config = {"project": "p", "api_key": "<KEY>"}',
    'wandb_config = dict(api_key="<KEY>")',
    'run(wandb={"key": "<KEY>"})',
    'run(wandb=WandbConfig(key="<KEY>"))',
    'Secret.from_dict({"WANDB_API_KEY": "<KEY>"})',
    'netrc_hosts["api.wandb.ai"] = ("user", None, "<KEY>")',
    'hosts = {"api.wandb.ai": ("user", "<KEY>")}',
    'x = {f(): 1, "WANDB_API_KEY": "<KEY>", **rest}',
    # the environment
    'os.environ["WANDB_API_KEY"] = "<KEY>"',
    'os.environ["WANDB_API_KEY"] = base64.b64decode("B64").decode()',
    'os.environ["WANDB_API_KEY"] = "YEK"[::-1]',
    'os.environ.update(WANDB_API_KEY="<KEY>")',
    'os.environ.update({"WANDB_API_KEY": "<KEY>"})',
    'os.environ.update([("WANDB_API_KEY", "<KEY>")])',
    'os.environ.setdefault("WANDB_API_KEY", "<KEY>")',
    'os.environ |= {"WANDB_API_KEY": "<KEY>"}',
    'os.putenv("WANDB_API_KEY", "<KEY>")',
    'os.environb[b"WANDB_API_KEY"] = b"<KEY>"',
    'key = os.getenv("WANDB_API_KEY", "<KEY>")',
    'key = os.environ.get("WANDB_API_KEY", default="<KEY>")',
    'wandb_key = os.environ.get("WANDB_API_KEY") or "<KEY>"',
    'wandb.login(key=os.environ.get("WANDB_API_KEY") or "<KEY>")',
    'os.environ.pop("WANDB_API_KEY", "<KEY>")',
    'key = decouple.config("WANDB_API_KEY", default="<KEY>")',
    'key = env.str("WANDB_API_KEY", "<KEY>")',
    'monkeypatch.setenv("WANDB_API_KEY", "<KEY>")',
    'setattr(args, "wandb_key", "<KEY>")',
    'key = getattr(args, "wandb_key", "<KEY>")',
    'set_key(".env", "WANDB_API_KEY", "<KEY>")',
    'dotenv.set_key(".env", key_to_set="WANDB_API_KEY", value_to_set="<KEY>")',
    'EnvVar(name="WANDB_API_KEY", value="<KEY>")',
    'EnvVar("WANDB_API_KEY", "<KEY>")',
    # calls
    'train(wandb_key="<KEY>")',
    'wandb.login("<KEY>")',
    'wandb.login(key="<KEY>")',
    'wandb.login(\n    relogin=True,\n    key=(\n        "KE1"\n        "KE2"\n    ),\n)',
    'wandb.login(key="KE1" + "KE2")',
    'wandb.login(key="ESC")',
    'wandb.login(key=base64.b64decode("B64").decode())',
    'wandb.login(base64.b64decode("B64"))',
    'KEY = "<KEY>"\nwandb.login(key=KEY)',
    'from wandb import login\nlogin("<KEY>")',
    'import wandb as w\nw.login(key="<KEY>")',
    'run = wandb.login\nrun(key="<KEY>")',
    'from functools import partial\nlogin = partial(wandb.login, key="<KEY>")',
    'wandb.login(**{"key": "<KEY>"})',
    'wandb.Api(api_key="<KEY>")',
    'wandb.Api({"entity": "e"}, 19, "<KEY>")',
    'wandb.Api({"api_key": "<KEY>"})',
    'wandb.Settings(api_key="<KEY>")',
    'wandb.init(settings={"api_key": "<KEY>"})',
    'wandb.init(settings=wandb.Settings(api_key="<KEY>"))',
    'wandb.init(settings=dict(api_key="<KEY>"))',
    'wandb.setup(wandb.Settings(api_key="<KEY>"))',
    'wandb.setup({"api_key": "<KEY>"})',
    'wandb.init(key="<KEY>")',
    'wandb.sagemaker_auth(overrides={"WANDB_API_KEY": "<KEY>"}, path=".")',
    'WandbLoggerCallback(project="p", api_key="<KEY>")',
    'setup_wandb(api_key="<KEY>")',
    'import wandb as w\nw.anything(api_key="<KEY>")',
    'self.wandb.login(key="<KEY>")',
    'def main(wandb_key="<KEY>"):\n    pass',
    'def main(*, wandb_key: str = "<KEY>") -> None:\n    pass',
    'def setup_wandb(api_key="<KEY>"):\n    pass',
    'f = lambda wandb_key="<KEY>": wandb_key',
    '@app.command()\ndef main(wandb_key: str = typer.Option("<KEY>", help="x")):\n    pass',
    'parser.add_argument("--wandb_key", default="<KEY>")',
    'parser.add_argument("-k", "--wandb-api-key", type=str, default="<KEY>")',
    'parser.add_argument("--key", dest="wandb_key", default="<KEY>")',
    'parser.set_defaults(wandb_key="<KEY>")',
    '@click.option("--wandb-key", default="<KEY>")\ndef main(wandb_key):\n    pass',
    '@click.option("--key", envvar="WANDB_API_KEY", default="<KEY>")\ndef main(key):\n    pass',
    'flags.DEFINE_string("wandb_key", "<KEY>", "the key")',
    '@dataclass\nclass Args:\n    wandb_key: str = field(default="<KEY>")',
    'class Args(BaseModel):\n    wandb_key: str = Field("<KEY>", description="x")',
    'class Args:\n    wandb_key = attr.ib(default="<KEY>")',
    'class Args:\n    wandb_key: str = field(default_factory=lambda: "<KEY>")',
    'key = os.environ.get("WANDB_API_KEY") or "<KEY>"',
    'key = cfg.wandb.api_key or "<KEY>"',
    # comparisons
    'if wandb_key == "<KEY>":\n    pass',
    'if "<KEY>" != cfg.wandb.api_key:\n    pass',
    'assert os.environ["WANDB_API_KEY"] == "<KEY>"',
    'assert os.environ.get("WANDB_API_KEY") == "<KEY>"',
    # commands
    'os.system("wandb login <KEY>")',
    'os.system("wandb login --relogin <KEY> && python train.py")',
    'os.system("python -m wandb login <KEY>")',
    'os.system("pip install wandb; wandb login --host https://wandb.example.com <KEY>")',
    'KEY = "<KEY>"\nos.system(f"wandb login {KEY}")',
    'KEY = "<KEY>"\nos.system("wandb login " + KEY)',
    'KEY = "<KEY>"\nos.system("wandb login %s" % KEY)',
    'KEY = "<KEY>"\nos.system("wandb login {}".format(KEY))',
    'KEY = "<KEY>"\nos.system(f"export WANDB_API_KEY={KEY} && python train.py")',
    'os.system(f"wandb login <KEY> && python {script}")',
    'subprocess.run(["wandb", "login", "<KEY>"])',
    'subprocess.run(["wandb", "login", "--relogin", "<KEY>"], check=True)',
    'subprocess.run("wandb login <KEY>", shell=True)',
    'subprocess.Popen(shlex.split("wandb login <KEY>"))',
    'subprocess.Popen("wandb login <KEY>".split())',
    'subprocess.run([sys.executable, "-m", "wandb", "login", "<KEY>"])',
    'KEY = "<KEY>"\nsubprocess.run(["wandb", "login", KEY])',
    'os.execlp("wandb", "wandb", "login", "<KEY>")',
    'subprocess.run(cmd, env={"WANDB_API_KEY": "<KEY>"})',
    'subprocess.run(cmd, env=dict(os.environ, WANDB_API_KEY="<KEY>"))',
    'subprocess.run(cmd, env={**os.environ, "WANDB_API_KEY": "<KEY>"})',
    'subprocess.run(["wandb", "login"], input="<KEY>", text=True)',
    'subprocess.run(["wandb", "login"], input=b"<KEY>\\n")',
    'subprocess.run("wandb login", shell=True, input="<KEY>\\n", text=True)',
    'os.system("echo <KEY> | wandb login")',
    'os.system("wandb login <<< <KEY>")',
    'os.system("docker run -e WANDB_API_KEY=<KEY> image")',
    "os.system(\"docker run -e 'WANDB_API_KEY=<KEY>' image\")",
    'subprocess.run(["docker", "run", "-e", "WANDB_API_KEY=<KEY>", "image"])',
    'subprocess.run(["python", "train.py", "--wandb_key", "<KEY>"])',
    'subprocess.run(["python", "train.py", "--wandb-key=<KEY>"])',
    'os.system("python train.py --wandb_key <KEY> --lr 1")',
    'os.system("python train.py wandb.api_key=<KEY>")',
    'os.system("WANDB_API_KEY=<KEY> python train.py")',
    'os.system("setx WANDB_API_KEY <KEY>")',
    'os.system("export WANDB_API_KEY=${WANDB_API_KEY:-<KEY>}")',
    'os.system("export WANDB_API_KEY=${WANDB_API_KEY-<KEY>}")',
    'get_ipython().system("wandb login <KEY>")',
    'get_ipython().run_line_magic("env", "WANDB_API_KEY=<KEY>")',
    'get_ipython().run_line_magic("env", "WANDB_API_KEY <KEY>")',
    'get_ipython().system("wandb login <KEY>\\n")',
    'cmd = "wandb login ESC"',
    'cmd += " --wandb_key <KEY>"',
    # texts
    'f.write("WANDB_API_KEY=<KEY>\\n")',
    'f.write(f"WANDB_API_KEY=<KEY>\\nWANDB_PROJECT={project}\\n")',
    'f.write("""\nWANDB_PROJECT=p\nWANDB_API_KEY="<KEY>"\n""")',
    '"""Run it as\n\n    WANDB_API_KEY=<KEY> python train.py\n"""',
    'y = """\nwandb:\n  project: p\n  api_key: <KEY>\n"""',
    'y = """\nenv:\n  - name: WANDB_API_KEY\n    value: <KEY>\n"""',
    'y = \'{"wandb_api_key": "<KEY>"}\'',
    'y = "{\\"wandb_api_key\\": \\"<KEY>\\"}"',
    'f.write("machine api.wandb.ai\\n  login user\\n  password <KEY>\\n")',
    'print("wandb api key: <KEY>")',
    "code = \"wandb.login(key='<KEY>')\"",
    "code = \"wandb.login('<KEY>')\"",
    'code = \'os.environ["WANDB_API_KEY"] = "<KEY>"\'',
    # HTTP
    'requests.post("https://api.wandb.ai/graphql", json=q, auth=("api", "<KEY>"))',
    'requests.post("https://api.wandb.ai/graphql", auth=HTTPBasicAuth("api", "<KEY>"))',
    'requests.get("https://api.wandb.ai/x", headers={"Authorization": "Bearer <KEY>"})',
    'requests.get("https://api.wandb.ai/x", headers={"Authorization": "Basic PAIR"})',
    'URL = "https://api.wandb.ai/graphql"\nrequests.post(URL, auth=("api", "<KEY>"))',
    'URL = "https://api.wandb.ai/graphql"\nh = {"Authorization": f"Bearer <KEY>"}\nrequests.post(URL, headers=h)',
    'requests.get("https://api:<KEY>@api.wandb.ai/x")',
    'os.system("curl -u api:<KEY> https://api.wandb.ai/graphql")',
    # ways around
    'os.environ["WANDB_API_KEY"] = key = "<KEY>"',
    'WANDB_API_KEY: Final = "<KEY>"',
    'WANDB_API_KEY: Final[str] = "<KEY>"',
    'class Secrets(Enum):\n    WANDB = "<KEY>"',
    'SECRETS = {"wandb": "<KEY>"}',
    'api_keys = {"wandb": "<KEY>", "openai": "x"}',
    'API_KEYS["wandb"] = "<KEY>"',
    'secrets.wandb = "<KEY>"',
    'keys = dict(wandb="<KEY>")',
    'login_to_wandb("<KEY>")',
    'wandb_login("<KEY>")',
    'authenticate_wandb(token="<KEY>")',
    'wandb.login(key = "<KEY>" if x else None)',
    'wandb.login(key=f"<KEY>")',
    'def login(key="<KEY>"):\n    wandb.login(key=key)',
    'def f(k="<KEY>"):\n    os.environ["WANDB_API_KEY"] = k',
    'key = "<KEY>"\ndef f():\n    wandb.login(key=key)',
    'class C:\n    KEY = "<KEY>"\nwandb.login(key=C.KEY)',
    'class C:\n    KEY = "<KEY>"\n    def f(self):\n        wandb.login(key=self.KEY)',
    'CFG = {"key": "<KEY>"}\nwandb.login(key=CFG["key"])',
    'CFG = {"key": "<KEY>"}\nwandb.login(**CFG)',
    'keys = ["<KEY>"]\nwandb.login(keys[0])',
    'import os\nos.environ.update(dict(WANDB_API_KEY="<KEY>"))',
    'env = os.environ.copy()\nenv["WANDB_API_KEY"] = "<KEY>"\nsubprocess.run(x, env=env)',
    'for k, v in {"WANDB_API_KEY": "<KEY>"}.items():\n    os.environ[k] = v',
    'for k, v in [("WANDB_API_KEY", "<KEY>")]:\n    os.environ[k] = v',
    'with patch.dict(os.environ, {"WANDB_API_KEY": "<KEY>"}):\n    pass',
    'with open(".netrc","w") as f:\n    f.write("machine api.wandb.ai login user password <KEY>")',
    'with open(".netrc","w") as f:\n    f.write(f"machine api.wandb.ai\\n\\tlogin user\\n\\tpassword {\'<KEY>\'}\\n")',
    'Path(".env").write_text("WANDB_API_KEY=" + "<KEY>")',
    'K = "<KEY>"\nPath(".env").write_text(f"WANDB_API_KEY={K}\\n")',
    'print("export WANDB_API_KEY=<KEY>", file=f)',
    'lines = ["WANDB_API_KEY=<KEY>", "X=1"]',
    'ray.init(runtime_env={"env_vars": {"WANDB_API_KEY": "<KEY>"}})',
    'modal.Secret.from_dict({"WANDB_API_KEY": "<KEY>"})',
    'Image.debian_slim().env({"WANDB_API_KEY": "<KEY>"})',
    'estimator = PyTorch(environment={"WANDB_API_KEY": "<KEY>"})',
    'HyperParameter(name="wandb_key", default="<KEY>")',
    'k8s.V1EnvVar(name="WANDB_API_KEY", value="<KEY>")',
    'container.add_env_variable(V1EnvVar(name="WANDB_API_KEY", value="<KEY>"))',
    'task.set_env("WANDB_API_KEY", "<KEY>")',
    'os.environ.__setitem__("WANDB_API_KEY", "<KEY>")',
    'gr.Textbox(label="WANDB_API_KEY", value="<KEY>")',
    'wandb_api_key = input("key: ") or "<KEY>"',
    'wandb_api_key = st.secrets.get("wandb", "<KEY>")',
    'wandb_api_key = os.environ["K"] if "K" in os.environ else "<KEY>"',
    'wandb_api_key = open("k").read() if False else "<KEY>"',
    'wandb_api_key, = ["<KEY>"]',
    'wandb_api_key = "<KEY>",',
    'wandb_api_key = ["<KEY>"][0]',
    'wandb_api_key = "<KEY>"[:]',
    'wandb_api_key = "  <KEY>  ".strip()',
    'wandb_api_key = "".join(("KE1", "KE2"))',
    'wandb_api_key = "YEK"[::-1]',
    'wandb_api_key = codecs.decode("<KEY>", "utf8")',
    'wandb_api_key = str(b"<KEY>", "utf8")',
    'wandb_api_key = """<KEY>"""',
    'wandb_api_key = """\n<KEY>\n""".strip()',
    'wandb_api_key = \\\n    "<KEY>"',
    'if not wandb_api_key: wandb_api_key = "<KEY>"',
    'match x:\n    case 1:\n        wandb_key = "<KEY>"',
    'wandb_key = "<KEY>"; print(1)',
    'global wandb_key; wandb_key = "<KEY>"',
    'globals()["wandb_key"] = "<KEY>"',
    'self.config["wandb"] = {"api_key": "<KEY>"}',
    'cfg = OmegaConf.create({"wandb": {"api_key": "<KEY>"}})',
    'cfg = OmegaConf.create("wandb:\\n  api_key: <KEY>\\n")',
    'cfg = yaml.safe_load("""\nwandb: {project: p, api_key: <KEY>}\n""")',
    'cfg = json.loads(\'{"wandb": {"api_key": "<KEY>"}}\')',
    'OmegaConf.update(cfg, "wandb.api_key", "<KEY>")',
    'sys.argv = ["train.py", "--wandb_key", "<KEY>"]',
    'sys.argv += ["--wandb_key=<KEY>"]',
    'parser.parse_args(["--wandb-key", "<KEY>"])',
    'main("--wandb_key <KEY>".split())',
    'sh.wandb.login("<KEY>")',
    'from sh import wandb as wb\nwb.login("<KEY>")',
    "run_cmd(f\"wandb login --relogin {'<KEY>'}\")",
    "%%bash\nwandb login <KEY>",
    'client = Client(transport=RequestsHTTPTransport(url="https://api.wandb.ai/graphql", auth=("api", "<KEY>")))',
    'client = httpx.Client(base_url="https://api.wandb.ai", auth=("api", "<KEY>"))',
    'requests.post(url="https://api.wandb.ai/graphql", auth=("api", "<KEY>"))',
    'h = {"Authorization": "Basic PAIR"}\nrequests.post("https://api.wandb.ai/graphql", headers=h)',
    'import wandb; wandb.login(key="<KEY>", relogin=True, host="https://x")',
    'try:\n    wandb.login(key="<KEY>")\nexcept Exception:\n    pass',
    'wandb.wandb_lib.apikey.write_key(wandb.Settings(), "<KEY>")',
    'wandb.apis.InternalApi(default_settings={"api_key": "<KEY>"})',
    'wandb.sdk.wandb_login._login(key="<KEY>")',
    'wandb.ensure_configured(); wandb.api.api_key = "<KEY>"',
    'from wandb.sdk.lib import apikey\napikey.write_key(settings, "<KEY>")',
    '"""\nUsage::\n\n    >>> wandb.login(key="<KEY>")\n"""',
    '"""\n    os.environ["WANDB_API_KEY"] = "<KEY>"\n"""',
    'x = {"WANDB_API_KEY": {"value": "<KEY>"}}',
    'x = {"WANDB_API_KEY": ["<KEY>"]}',
    'x = [{"Name": "WANDB_API_KEY", "Value": "<KEY>"}]',
    'x = [{"key": "WANDB_API_KEY", "value": "<KEY>"}]',
    'x = {"data": {"WANDB_API_KEY": "B64"}}',
    'x = {"WANDB_API_KEY": base64.b64encode(b"<KEY>")}',
    'wandb_api_key = lambda: "<KEY>"',
    'def get_wandb_key():\n    return "<KEY>"',
    'def wandb_api_key():\n    return "<KEY>"',
    '@property\ndef wandb_key(self):\n    return "<KEY>"',
    'def get_wandb_key() -> str:\n    key = "<KEY>"\n    return key',
    'with tempfile.NamedTemporaryFile() as f: f.write(b"WANDB_API_KEY=<KEY>")',
    'WANDB = dict(KEY="<KEY>")',
    'WANDB = {"KEY": "<KEY>"}',
    'WANDB = SimpleNamespace(key="<KEY>")',
    'class WANDB:\n    KEY = "<KEY>"',
    'class Wandb(BaseSettings):\n    token: str = "<KEY>"',
    # files that are no Python
    "!wandb login <KEY>\n",
    "%env WANDB_API_KEY=<KEY>\n",
    '!pip install wandb\nwandb.login(key="<KEY>")\n',
    '!pip install wandb\nwandb.login("<KEY>")\n',
    '!pip install wandb\nWANDB_KEY = "<KEY>"\n',
    '!pip install wandb\nwandb_key: str = "<KEY>"\n',
    '!pip install wandb\nos.environ["WANDB_API_KEY"] = "<KEY>"\n',
    '!pip install wandb\nos.environ.setdefault("WANDB_API_KEY", "<KEY>")\n',
    '!pip install wandb\nrun(x, wandb_key="<KEY>")\n',
    "!pip install wandb\n# WANDB_API_KEY=<KEY>\n",
    'print "wandb"\nwandb.login(\n    "<KEY>"\n)\n',
]


@pytest.mark.parametrize("text", NOTATIONS)
def test_a_key_is_seen_in_every_notation(text: str) -> None:
    found = facts(HEAD + text + "\n")
    assert KEY in keys(found)


LOOK_ALIKES = [
    'WANDB_COMMIT = "<KEY>"',
    'wandb_sha = "<KEY>"',
    'wandb_run_id = "<KEY>"',
    'WANDB_API_KEY_SHA = "<KEY>"',
    'wandb_key_hash = "<KEY>"',
    'key = "<KEY>"',
    'api_key = "<KEY>"',
    'commit = "<KEY>"  # wandb',
    'get(key="<KEY>")',
    'cache.get("wandb", key="<KEY>")',
    'x = {"wandb": {"commit": "<KEY>"}}',
    'x = {"wandb": "<KEY>"}',
    'x = {"wandb": {"artifact": {"key": "<KEY>"}}}',
    'x = {"project": "wandb", "key": "<KEY>"}',
    'x = {"name": "WANDB_COMMIT", "value": "<KEY>"}',
    'x = {"name": "wandb", "key": "<KEY>"}',
    'wandb.log({"key": "<KEY>"})',
    'wandb.log({"wandb/commit": "<KEY>"})',
    'wandb.config.update({"key": "<KEY>"})',
    'wandb.config.update({"api_key": "<KEY>"})',
    'wandb.config.update(key="<KEY>")',
    'wandb.config.key = "<KEY>"',
    'wandb.config["key"] = "<KEY>"',
    'wandb.summary["key"] = "<KEY>"',
    'wandb.run.summary["key"] = "<KEY>"',
    'run.summary["key"] = "<KEY>"',
    'run = wandb.init()\nrun.summary["key"] = "<KEY>"',
    'wandb.init(id="<KEY>")',
    'wandb.init(config={"key": "<KEY>"})',
    'wandb.init(config=dict(commit="<KEY>"))',
    'wandb.agent("<KEY>")',
    'wandb.Artifact("<KEY>", type="model")',
    'wandb.Artifact(name="x", key="<KEY>")',
    'wandb.use_artifact("team/project/<KEY>:v1")',
    'api = wandb.Api()\nrun = api.run("entity/project/<KEY>")',
    'wandb.save("<KEY>")',
    'assert artifact.digest == "<KEY>"  # wandb',
    'if wandb.run.id == "<KEY>":\n    pass',
    'os.environ["WANDB_RUN_ID"] = "<KEY>"',
    'os.environ["WANDB_GIT_COMMIT"] = "<KEY>"',
    'os.system("pip install git+https://github.com/wandb/wandb@<KEY>")',
    'os.system("git -C wandb checkout <KEY>")',
    'os.system("wandb agent team/project/<KEY>")',
    'os.system("wandb sync --id <KEY> wandb/run")',
    'os.system("wandb login; git checkout <KEY>")',
    'os.system("wandb login && git checkout <KEY>")',
    'subprocess.run(["git", "clone", "wandb", "<KEY>"])',
    'subprocess.run(["wandb", "sync", "<KEY>"])',
    'URL = "https://github.com/wandb/wandb/commit/<KEY>"',
    'URL = "https://api.wandb.ai/files/team/project/<KEY>/x.json"',
    'URL = "https://api.wandb.ai/files?key=<KEY>"',
    'URL = "https://wandb.ai/team/project/runs/<KEY>"',
    '"""wandb login was fixed in commit <KEY>."""',
    '"""The wandb SDK at <KEY>."""',
    '"""WANDB_COMMIT=<KEY>"""',
    'y = """\nwandb:\n  commit: <KEY>\n"""',
    'y = """\nwandb:\n  artifact:\n    key: <KEY>\n"""',
    'requests.get("https://example.com", headers={"Authorization": "Bearer <KEY>"})  # wandb',
    'requests.get("https://example.com", auth=("api", "<KEY>"))',
    'wandb_key = hashlib.sha1(b"<KEY>").hexdigest()',
    'wandb_key = load_secret("<KEY>")',
    'def wandb_commit(key="<KEY>"):\n    pass',
    'def log_to_wandb(key="<KEY>"):\n    pass',
    'class WandbArtifact:\n    key = "<KEY>"',
    'def wandb_key_hash():\n    return "<KEY>"',
    'runs = {"wandb": "<KEY>"}',
    'commits["wandb"] = "<KEY>"',
    'hashes = dict(wandb="<KEY>")',
    'wandb.watch("<KEY>")',
    'wandb.finish("<KEY>")',
    'def get_wandb_run_id():\n    return "<KEY>"',
    'WandbRunId("<KEY>")',
    'class Commits:\n    wandb = "<KEY>"',
    'class Versions(Enum):\n    WANDB = "<KEY>"',
    'os.system("wandb artifact get team/p/<KEY>")',
    'subprocess.run(["wandb", "login"]); subprocess.run(["git", "checkout", "<KEY>"])',
    'x = {"wandb_version": "<KEY>"}',
    'wandb.restore("x", run_path="a/b/<KEY>")',
    'assert wandb.run.summary["key"] == "<KEY>"',
    'if commit == "<KEY>" and wandb_key:\n    pass',
    'requirements = ["wandb @ git+https://github.com/wandb/wandb@<KEY>"]',
    'pytest.param("wandb", "<KEY>")',
    'wandb_id = "<KEY>"',
    'sweep_id = wandb.sweep("<KEY>")',
    'wandb.Api().artifact("team/p/<KEY>:latest")',
    'wandb.init(name="<KEY>", notes="<KEY>")',
    'Image.from_registry("wandb/launch@sha256:<KEY>")',
    'url = f"https://wandb.ai/{entity}/{project}/runs/<KEY>"',
    'print("wandb: run <KEY>")',
    'wandb.run.log_code(name="<KEY>")',
    'wandb.alert(title="<KEY>", text="wandb key")',
    'logger = WandbLogger(id="<KEY>", version="<KEY>")',
    'WandbLogger(name="<KEY>", project="p")',
    'run = wandb.Api().run("<KEY>")',
    'artifact = wandb.Artifact("a", metadata={"key": "<KEY>"})',
    'wandb.log({"checkpoint": {"key": "<KEY>"}})',
    'wandb.summary.update({"key": "<KEY>"})',
    'wandb.run.summary.key = "<KEY>"',
    'wandb_cache_key = "<KEY>"',
    'wandb_artifact_key = "<KEY>"',
    'wandb_dataset_digest = "<KEY>"',
    'WANDB_API_KEY_DIGEST = "<KEY>"',
    '"""See https://github.com/wandb/wandb/commit/<KEY> for wandb login."""',
    '"""wandb login broke in <KEY>"""',
    '"""wandb.login: see <KEY>"""',
    'x = ["wandb", "<KEY>"]',
    'x = ("wandb", "<KEY>")',
    'x = {"wandb": ["<KEY>"]}',
    'f(wandb="<KEY>")',
    'f("wandb", key="<KEY>")',
    'os.system("pip install wandb==0.1 --hash=sha256:<KEY>")',
    'cache.set("wandb_key_id", "<KEY>")',
    'df = pd.DataFrame({"wandb": ["<KEY>"]})',
    'os.environ["WANDB_RUN_GROUP"] = "<KEY>"',
    'env = {"WANDB_RUN_ID": "<KEY>", "WANDB_API_KEY": key}',
    'train(run="<KEY>", wandb_key=key)',
    'wandb.login(key=key); commit = "<KEY>"',
    'x = [key, "<KEY>"]  # wandb',
    'parser.add_argument("--wandb_commit", default="<KEY>")',
    'parser.add_argument("--wandb_key", help="a key", default=None); sha = "<KEY>"',
    'click.option("--commit", default="<KEY>", help="see wandb_key")',
    'subprocess.run(["python", "t.py", "--wandb_key", key, "--commit", "<KEY>"])',
    'os.system(f"python t.py --wandb_key {key} --commit <KEY>")',
    'os.system("WANDB_API_KEY=$KEY COMMIT=<KEY> python t.py")',
    'y = """\nwandb:\n  api_key: ${KEY}\n  commit: <KEY>\n"""',
    'y = """\n- name: WANDB_API_KEY\n  valueFrom: x\n- name: COMMIT\n  value: <KEY>\n"""',
    'x = [{"name": "WANDB_API_KEY"}, {"name": "COMMIT", "value": "<KEY>"}]',
    'x = {"name": "COMMIT", "value": "<KEY>", "see": "WANDB_API_KEY"}',
    'requests.get("https://api.wandb.ai/x", headers={"X-Request-Id": "<KEY>"})',
    'requests.get("https://api.wandb.ai/x", params={"id": "<KEY>"})',
    'requests.get("https://api.wandb.ai/files/<KEY>")',
    'def f(wandb_run="<KEY>"):\n    pass',
    'def log_artifact_to_wandb(key="<KEY>"):\n    pass',
    'class WandbCallback:\n    def log(self, key="<KEY>"):\n        pass',
    'wandb.config.wandb_sha = "<KEY>"',
    'self.wandb_run.id = "<KEY>"',
    'get_secret("WANDB_API_KEY", version="<KEY>")',
    'Secret.from_name("<KEY>", required_keys=["WANDB_API_KEY"])',
    '!pip install wandb\ncommit = "<KEY>"\n',
    "!pip install wandb@<KEY>\n",
    "!pip install git+https://github.com/wandb/wandb.git@<KEY>#egg=wandb\n",
    '!pip install wandb\nWANDB_COMMIT = "<KEY>"\n',
    '!pip install wandb\nf(wandb_key), "<KEY>"\n',
]


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_what_looks_like_a_key_is_none(text: str) -> None:
    assert keys(facts(HEAD + text + "\n")) == set()


# ---- Places, and what is no fact of its own


def spans(text: str) -> list[str]:
    found = facts(HEAD + text + "\n")
    given = [credential.value_span for credential in found.credentials()]
    given += [each.value_span for call in found.calls() for each in call.arguments if call.function == "wandb login"]
    return [found.source.slice(span) for span in given]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('WANDB_KEY = "<KEY>"', '"<KEY>"'),
        ('WANDB_KEY = ("KE1"\n    "KE2")', '"KE1"\n    "KE2"'),
        ('WANDB_KEY = base64.b64decode("B64").decode()', 'base64.b64decode("B64")'),
        ('os.system("wandb login <KEY> && python x.py")', "<KEY>"),
        ('os.system("echo \\"x\\" && wandb login <KEY>")', "<KEY>"),
        ('os.system("wandb \\x6cogin ESC\\n")', "ESC"),
        ('os.system(f"{{}} wandb login <KEY> {x}")', "<KEY>"),
        ('KEY = "<KEY>"\nos.system(f"wandb login {KEY}")', "{KEY}"),
        ('f.write("""\r\nA=\u00e9\r\nWANDB_API_KEY=<KEY>\r\n""")', "<KEY>"),
        ('subprocess.run(["wandb", "login"], input=b"<KEY>\\n")', "<KEY>"),
        ('requests.get("https://api:<KEY>@api.wandb.ai/x")', "<KEY>"),
        ('def f(wandb_key: str = "<KEY>"):\n    pass', '"<KEY>"'),
        ("!wandb login <KEY>", "<KEY>"),
    ],
)
def test_a_value_stands_where_it_is_written(text: str, expected: str) -> None:
    assert spans(text) == [filled(expected)]


@pytest.mark.parametrize(
    "text",
    [
        'wandb.login(key="<KEY>")',
        'os.environ["WANDB_API_KEY"] = "<KEY>"',
        'os.environ["WANDB_API_KEY"] = os.environ["B"] = "<KEY>"',
        'subprocess.run(cmd, env={"WANDB_API_KEY": "<KEY>"})',
    ],
)
def test_what_another_fact_tells_is_no_credential(text: str) -> None:
    assert spans(text) == []


@pytest.mark.parametrize(
    "text",
    [
        'WANDB_API_KEY = "WANDB_API_KEY"',
        "wandb_key = None",
        'wandb_key = ""',
        'wandb_key = os.environ["WANDB_API_KEY"]',
        "wandb_key = args.wandb_key",
        'parser.add_argument("--wandb_key", default="")',
        'names = ["WANDB_API_KEY", "WANDB_PROJECT"]',
        'class WandbLogger:\n    def __init__(self, key="loss"):\n        pass',
    ],
)
def test_a_name_or_nothing_is_no_secret(text: str) -> None:
    assert spans(text) == []


def test_nothing_is_a_secret_where_the_packs_name_none() -> None:
    for text in NOTATIONS:
        found = read(Source("train.py", filled(HEAD + text + "\n").encode()), Wanted(CALLS, ("wandb",), ("wandb",)))
        assert list(found.credentials()) == []


@pytest.mark.parametrize("key", ["local-" + made_up("on premises"), "wandb_v1_" + made_up("a") + "_" + made_up("b")])
def test_other_shapes_are_seen_too(key: str) -> None:
    for text in (
        'WANDB_KEY = "%s"',
        'os.system("wandb login %s")',
        'x = {"wandb": {"api_key": "%s"}}',
        '"""WANDB_API_KEY=%s"""',
    ):
        found = read(Source("train.py", (HEAD + text % key + "\n").encode()), WANTED)
        assert [value.text for value, _ in given_away(found)] == [key]


def test_every_comment_is_told() -> None:
    text = "import wandb\n# one\nx = [  # two\n    1,\n    # three\n]  # four\n"
    text += "def f():  # five\n    # six\n    pass\n# seven\n"
    found = facts(text)
    assert [found.source.slice(comment.span) for comment in found.comments] == [
        f"# {number}" for number in ("one", "two", "three", "four", "five", "six", "seven")
    ]
