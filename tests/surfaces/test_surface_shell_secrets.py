"""Secrets in shell scripts: every notation becomes a fact that holds the key, spelled where it is written."""

from __future__ import annotations

import random
import string
import time
from base64 import b64encode
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envlint.facts import Binding, Call, Credential, Facts
from envlint.knowledge import Knowledge
from envlint.packs import load_builtin
from envlint.source import Source, Span
from envlint.surfaces.shell import read
from envlint.value import Value

WANTED = Knowledge((load_builtin("wandb"),), None).wanted
KEY = "".join(random.Random(7).choices("0123456789abcdef", k=40))
KEYS = (
    KEY,
    "local-" + "".join(random.Random(8).choices(string.ascii_letters + string.digits, k=40)),
    "wandb_v1_" + "".join(random.Random(9).choices(string.ascii_letters + string.digits + "_", k=77)),
)


def facts(text: str) -> Facts:
    return read(Source("run.sh", text.encode()), WANTED)


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


LOGINS = r"""
wandb login {K}
wandb login --relogin {K}
wandb login {K} --relogin
wandb login --host https://w.example.com {K}
wandb login --host=https://w.example.com {K}
wandb login --base-url=https://w.example.com {K}
wandb login --cloud --no-verify {K}
wandb login --anonymously "{K}"
wandb login --verify '{K}' || true
wandb login --key {K}
wandb login --key={K}
wandb login -- {K}
wandb  login \\\n  --relogin \\\n  {K}
/usr/local/bin/wandb login {K}
~/.venv/bin/wandb login {K}
python -m wandb login {K}
python3 -u -m wandb login {K}
python3.11 -um wandb login --relogin {K}
uv run wandb login {K}
uv run --with wandb python -m wandb login {K}
uvx wandb login {K}
uv tool run wandb login {K}
poetry run wandb login {K}
pipx run wandb login {K}
conda run -n env wandb login {K}
conda run --no-capture-output -n env python -m wandb login {K}
sudo -E wandb login {K}
sudo -u me wandb login {K}
env A=1 wandb login {K}
A=1 wandb login {K}
time wandb login {K}
/usr/bin/time -v wandb login {K}
srun -N 1 wandb login {K}
docker exec -it box wandb login {K}
ssh host wandb login {K}
kubectl exec pod -- wandb login {K}
if ! wandb login {K}; then exit 1; fi
pip install wandb && wandb login {K} && python train.py
(wandb login {K} >/dev/null 2>&1) &
f() { wandb login {K}; }
k={K}; wandb login $k
k={K}; wandb login "${k}"
wandb login ${WANDB_API_KEY:-{K}}
wandb login $(echo {K})
wandb login `echo {K}`
wandb login <<< {K}
wandb login <<< "{K}"
wandb login <<EOF\n{K}\nEOF
wandb login <<-'EOF'\n\t{K}\n\tEOF
echo {K} | wandb login
echo "{K}" | wandb login --relogin
echo -n '{K}' | python -m wandb login
k={K}; echo "$k" | wandb login
printf '%s\\n' {K} | wandb login
printf "{K}\\n" | wandb login
yes {K} | wandb login
cat <<EOF | wandb login\n{K}\nEOF
echo {K} | tr -d '\\n' | wandb login
(echo {K}) | wandb login
{ echo {K}; } | wandb login
echo {K} | (sleep 1; wandb login)
echo {K} | xargs wandb login
printf '2\\n{K}\\n' | wandb login
echo -e "2\\n{K}" | wandb login
wandb login <<EOF\n2\n{K}\nEOF
ssh host wandb login <<< {K}
expect -c 'spawn wandb login; expect ":"; send "{K}\\r"'
expect <<EOF\nspawn wandb login\nexpect "key"\nsend -- "{K}\\r"\nEOF
alias wl='wandb login {K}'
trap 'wandb login {K}' EXIT
"""

OPTIONS = r"""
python train.py --wandb_key {K}
python train.py --wandb_key={K} --epochs 3
python train.py --wandb-api-key {K}
python train.py --wandb-api-key="{K}"
python train.py -wandb_key {K}
python train.py \\\n  --epochs 3 \\\n  --wandb_key \\\n  {K} \\\n  --seed 1
python train.py wandb.key={K}
python train.py +wandb.api_key={K}
python train.py ++logger.wandb.api_key={K} seed=1
python train.py trainer.wandb_api_key={K}
python train.py 'wandb={api_key:{K},project:x}'
python train.py 'wandb={"api_key": "{K}"}'
torchrun --nproc_per_node 8 train.py --wandb_token {K}
accelerate launch train.py --wandb_api_key {K}
deepspeed --num_gpus 8 train.py --wandb_key {K} --deepspeed
./run.sh "--wandb_key {K}"
k={K}; python train.py --wandb_key $k
python train.py --wandb_key ${K:-{K}}
java -Dwandb.api.key={K} -jar x.jar
make train WANDB_API_KEY={K}
make WANDB_KEY={K} train
just wandb_key={K} train
args=(-e WANDB_API_KEY={K})
args+=(--wandb_key {K})
export args=(--a b "--wandb_key={K}")
declare -A cfg=([wandb_key]={K} [a]=b)
cfg[wandb_key]={K}
wandb_key=({K})
WANDB_ARGS="--wandb_key {K} --seed 1"
ARGS="$ARGS --wandb_key={K}"
"""

CONTAINERS = r"""
docker run -e WANDB_API_KEY={K} img
docker run --rm -it --gpus all -e A=1 -e WANDB_API_KEY="{K}" img python t.py
docker run --env=WANDB_API_KEY={K} img
docker run --env "WANDB_API_KEY={K}" img
docker run -eWANDB_API_KEY={K} img
docker run \\\n  --rm \\\n  -e WANDB_API_KEY={K} \\\n  img
docker run -e MY_WANDB_API_KEY={K} img
podman run -e WANDB_API_KEY={K} img
nerdctl run -e WANDB_API_KEY={K} img
sudo docker exec -e WANDB_API_KEY={K} box sh
docker service create --env WANDB_API_KEY={K} img
docker service update --env-add WANDB_API_KEY={K} svc
docker build --build-arg WANDB_API_KEY={K} .
docker buildx build --build-arg=WANDB_API_KEY={K} .
docker compose run -e WANDB_API_KEY={K} app
docker-compose exec -e WANDB_API_KEY={K} app sh
singularity exec --env A=1,WANDB_API_KEY={K} i.sif python t.py
apptainer run --env WANDB_API_KEY={K} i.sif
export SINGULARITYENV_WANDB_API_KEY={K}
APPTAINERENV_WANDB_API_KEY={K} apptainer run i.sif
sbatch --export=ALL,WANDB_API_KEY={K} job.sh
sbatch --export ALL,WANDB_API_KEY={K} job.sh
srun --export=WANDB_API_KEY={K},A=1 python t.py
#!/bin/bash\n#SBATCH --export=ALL,WANDB_API_KEY={K}\npython t.py
kubectl create secret generic x --from-literal=WANDB_API_KEY={K}
kubectl create secret generic x --from-literal WANDB_API_KEY={K}
kubectl create secret generic x --from-literal=wandb-key='{K}'
kubectl create secret generic wandb-api-key --from-literal=key={K}
kubectl create secret generic wandb --from-literal=api-key={K}
kubectl set env deploy/x WANDB_API_KEY={K}
kubectl run x --image=i --env=WANDB_API_KEY={K}
kubectl run x --image=i --env="WANDB_API_KEY={K}"
helm install x ./chart --set wandb.apiKey={K}
helm upgrade x ./chart --set env.A=1,env.WANDB_API_KEY={K}
ray job submit --runtime-env-json '{"env_vars": {"WANDB_API_KEY": "{K}"}}' -- python t.py
ray job submit --runtime-env-json="{\\"env_vars\\": {\\"WANDB_API_KEY\\": \\"{K}\\"}}" -- python t.py
conda env config vars set WANDB_API_KEY={K}
heroku config:set A=1 WANDB_API_KEY={K}
gh secret set WANDB_API_KEY --body {K}
gh secret set WANDB_API_KEY -b "{K}" -R o/r
gh secret set WANDB_API_KEY --body={K}
echo {K} | gh secret set WANDB_API_KEY
gh secret set WANDB_API_KEY <<< "{K}"
printf {K} | docker secret create wandb_api_key -
echo -n {K} | gcloud secrets create wandb-api-key --data-file=-
aws ssm put-parameter --name /x/wandb_api_key --value {K} --type SecureString
aws ssm put-parameter --value {K} --name wandb-api-key
aws secretsmanager create-secret --name prod/wandb_api_key --secret-string {K}
aws secretsmanager create-secret --name x --secret-string '{"WANDB_API_KEY":"{K}"}'
aws ecs run-task --overrides '{"environment":[{"name":"WANDB_API_KEY","value":"{K}"}]}'
aws batch submit-job --container-overrides environment=[{name=WANDB_API_KEY,value={K}}]
aws batch submit-job --container-overrides '{"environment": [{"value": "{K}", "name": "WANDB_API_KEY"}]}'
aws lambda update-function-configuration --environment "Variables={WANDB_API_KEY={K}}"
modal secret create n WANDB_API_KEY={K}
sky launch --env WANDB_API_KEY={K} t.yaml
fly secrets set WANDB_API_KEY={K}
flyctl secrets set A=1 WANDB_API_KEY="{K}"
gcloud run deploy x --set-env-vars=A=1,WANDB_API_KEY={K}
gcloud run deploy x --update-env-vars WANDB_API_KEY={K},B=2
gcloud run deploy x --set-env-vars="^@^A=1@WANDB_API_KEY={K}"
az container create --environment-variables A=1 WANDB_API_KEY={K}
az container create --secure-environment-variables 'WANDB_API_KEY={K}'
az keyvault secret set --vault-name v --name wandb-api-key --value {K}
railway variables set WANDB_API_KEY={K}
railway variables --set "WANDB_API_KEY={K}"
vercel env add WANDB_API_KEY {K}
nomad var put nomad/jobs/x WANDB_API_KEY={K}
vault kv put secret/wandb api_key={K}
qsub -v A=1,WANDB_API_KEY={K} job.sh
bsub -env "all, WANDB_API_KEY={K}" python t.py
mpirun -np 4 -x WANDB_API_KEY={K} python t.py
mpirun -np 4 -genv WANDB_API_KEY {K} python t.py
mpiexec -env WANDB_API_KEY {K} python t.py
horovodrun -np 4 -x WANDB_API_KEY={K} python t.py
git config wandb.key {K}
git config --global wandb.apikey {K}
pip config set wandb.api-key {K}
dotenv set WANDB_API_KEY {K}
poetry config wandb.token {K}
pulumi config set --secret wandbApiKey {K}
terraform apply -var='wandb_api_key={K}'
ansible-playbook x.yml -e "wandb_api_key={K} a=b"
setx WANDB_API_KEY {K}
setenv WANDB_API_KEY {K}
set -gx WANDB_API_KEY {K}
set WANDB_API_KEY={K}
kaggle secrets add WANDB_API_KEY="{K}"
hf jobs run --secrets WANDB_API_KEY={K} img python t.py
"""

QUOTED = r"""
ssh host 'export WANDB_API_KEY={K}; python t.py'
ssh host "WANDB_API_KEY={K} python t.py"
ssh host 'export WANDB_API_KEY="{K}" && python t.py'
bash -c "WANDB_API_KEY={K} python x"
bash -lc 'export WANDB_API_KEY={K}\npython x'
sh -c "wandb login {K} && python x"
sh -c "wandb login --relogin --host https://w.example.com '{K}'"
bash -c "echo {K} | wandb login"
bash -c 'wandb login <<< {K}'
su - me -c "export WANDB_API_KEY={K}"
tmux send-keys "export WANDB_API_KEY={K}" C-m
tmux send-keys -t 0 'wandb login {K}' Enter
tmux new -d "WANDB_API_KEY={K} python t.py"
screen -S x -X stuff "export WANDB_API_KEY={K}\\n"
screen -dm bash -c 'WANDB_API_KEY={K} python t.py'
eval "export WANDB_API_KEY={K}"
eval "WANDB_API_KEY='{K}' python t.py"
xargs -I{} env WANDB_API_KEY={K} python {}
echo a | xargs -I{} sh -c 'WANDB_API_KEY={K} python {}'
parallel "WANDB_API_KEY={K} python t.py --seed {}" ::: 1 2
sbatch --wrap="WANDB_API_KEY={K} python t.py"
sbatch --wrap "wandb login {K}; python t.py"
python -c 'import os; os.environ["WANDB_API_KEY"] = "{K}"'
python -c "import wandb; wandb.login(key='{K}')"
python -c 'import wandb; wandb.login("{K}")'
python -c "import wandb; wandb.Api(api_key='{K}').runs('x')"
python -c 'import wandb; wandb.login(relogin=True, key="{K}")'
python - <<EOF\nimport wandb\nwandb.login(key="{K}")\nEOF
crontab -l | { cat; echo "0 * * * * WANDB_API_KEY={K} python t.py"; } | crontab -
"""

FILES = r"""
echo "export WANDB_API_KEY={K}" >> ~/.bashrc
echo 'export WANDB_API_KEY="{K}"' >> ~/.bashrc
echo "export WANDB_API_KEY=\\"{K}\\"" >> ~/.bashrc
echo WANDB_API_KEY={K} >> .env
echo "WANDB_API_KEY: {K}" > x.yaml
echo "machine api.wandb.ai login user password {K}" > ~/.netrc
echo machine api.wandb.ai login user password {K} >> ~/.netrc
echo -e "machine api.wandb.ai\\n  login user\\n  password {K}" > ~/.netrc
printf "machine api.wandb.ai\\n  login user\\n  password {K}\\n" > ~/.netrc
printf 'machine %s\\n  login %s\\n  password %s\\n' api.wandb.ai user {K} > ~/.netrc
printf "WANDB_API_KEY=%s\\n" {K} > .env
printf 'WANDB_API_KEY={K}\\nA=1\\n' > .env
printf 'a: 1\\nwandb_key: {K}\\n' > c.yaml
k={K}; printf "WANDB_API_KEY=%s\\n" "$k" > .env
echo "{K}" > ~/.wandb_api_key
echo {K} > $HOME/.config/wandb-key.txt
printf '%s' {K} > "$HOME/wandb_api_key"
cat > wandb_key <<< {K}
tee ~/.wandb_key <<EOF\n{K}\nEOF
echo {K} | tee wandb_api_key
cat > .env <<EOF\nA=1\nWANDB_API_KEY={K}\nB=2\nEOF
cat > .env <<'EOF'\nWANDB_API_KEY="{K}"\nEOF
cat <<EOF > run.sh\n#!/bin/sh\nexport WANDB_API_KEY={K}\npython t.py\nEOF
cat <<-EOF > run.sh\n\texport WANDB_API_KEY='{K}'\n\tEOF
cat <<EOF > run.sh\nwandb login {K}\nEOF
cat <<EOF > ~/.netrc\nmachine api.wandb.ai\n login user\n password {K}\nEOF
cat <<'EOF' >> ~/.netrc\nmachine github.com login a password b\nmachine api.wandb.ai login user password {K}\nEOF
cat <<EOF > c.yaml\nwandb:\n  project: x\n  api_key: {K}\nEOF
cat <<EOF > c.yaml\nenv:\n  - name: WANDB_API_KEY\n    value: {K}\nEOF
cat <<EOF > c.yaml\nenv:\n  - name: WANDB_API_KEY\n    value: "{K}"\nEOF
cat <<EOF > c.json\n{"wandb": {"project": "x", "api_key": "{K}"}}\nEOF
cat <<EOF > c.json\n{"WANDB_API_KEY": "{K}"}\nEOF
cat <<EOF > c.toml\n[wandb]\nproject = "x"\napi_key = "{K}"\n[b]\nEOF
cat <<EOF > Dockerfile\nENV WANDB_API_KEY {K}\nEOF
cat <<EOF | kubectl apply -f -\nkind: Secret\nstringData:\n  WANDB_API_KEY: {K}\nEOF
tee .env <<EOF >/dev/null\nWANDB_API_KEY={K}\nEOF
sed -i "s/WANDB_API_KEY=.*/WANDB_API_KEY={K}/" .env
sed -i 's|WANDB_API_KEY=.*|WANDB_API_KEY={K}|g' .env
sed -i -e "s#^wandb_key:.*#wandb_key: {K}#" c.yaml
sed -i "/WANDB/c\\WANDB_API_KEY={K}" .env
x="A=1\nWANDB_API_KEY={K}\nB=2"
text='export WANDB_API_KEY={K}'
echo {K} > "${HOME}/.wandb/api_key"
mkdir -p ~/.config/wandb && printf '[default]\\napi_key = {K}\\n' > ~/.config/wandb/settings
cat > wandb/settings <<EOF\n[default]\napi_key = {K}\nEOF
echo "api_key = {K}" >> ~/.config/wandb/settings
echo 'Environment="WANDB_API_KEY={K}"' > x.service
keyring set wandb api_key <<< {K}
echo {K} | keyring set wandb api_key
pass insert -m wandb_api_key <<< {K}
"""

REQUESTS = r"""
curl -u api:{K} https://api.wandb.ai/graphql
curl -s -u "api:{K}" -H 'A: b' https://api.wandb.ai/graphql
curl https://api.wandb.ai/graphql --user api:{K}
curl --user=api:{K} https://api.wandb.ai/graphql
curl -H "Authorization: Bearer {K}" https://api.wandb.ai
curl -X POST \\\n  -H 'Authorization: Bearer {K}' \\\n  https://api.wandb.ai/graphql
curl https://api:{K}@api.wandb.ai/graphql
curl -d '{"api_key": "{K}"}' https://api.wandb.ai/x
curl "https://api.wandb.ai/x?api_key={K}"
wget --user=api --password={K} https://api.wandb.ai/files/x
wget --http-user=api --http-password={K} https://api.wandb.ai/x
wget --header="Authorization: Bearer {K}" https://api.wandb.ai/files/x
http -a api:{K} api.wandb.ai/graphql
pip install --index-url https://api:{K}@api.wandb.ai/simple x
host=https://api.wandb.ai; curl -u api:{K} $host/graphql
k={K}; curl -u "api:$k" https://api.wandb.ai/graphql
out=$(curl -su api:{K} https://api.wandb.ai/graphql)
"""

SETTINGS = r"""
WANDB_API_KEY={K}
export WANDB_API_KEY={K}
export WANDB_API_KEY='{K}'
WANDB_API_KEY={K} python t.py
wandb_key={K}
MY_WANDB_API_KEY="{K}"
readonly WANDB_API_KEY={K}
declare -rx WANDB_API_KEY={K}
local_key() { local wandb_key=${1:-{K}}; }
export WANDB_API_KEY=${WANDB_API_KEY:-{K}}
export WANDB_API_KEY="${WANDB_API_KEY:-"{K}"}"
: "${WANDB_API_KEY:={K}}"
: ${WANDB_API_KEY:={K}}
python t.py ${WANDB_API_KEY:-{K}}
echo ${WANDB_API_KEY-{K}}
export WANDB_API_KEY=$(echo {K})
export WANDB_API_KEY=`echo {K}`
WANDB_API_KEY=$(cat <<EOF\n{K}\nEOF\n)
export WANDB_API_KEY= {K}
export WANDB_API_KEY= "{K}"
export WANDB_API_KEY {K}
export WANDB_API_KEY = {K}
export WANDB_API_KEY ={K}
export $WANDB_API_KEY={K}
WANDB_API_KEY = {K}
WANDB_API_KEY= {K}
WANDB_API_KEY={K}; export WANDB_API_KEY
$WANDB_API_KEY={K}
WANDB_API_KEY: {K}
read -r WANDB_API_KEY <<< {K}
read WANDB_API_KEY <<EOF\n{K}\nEOF
printf -v WANDB_API_KEY {K}
for wandb_key in {K}; do :; done
case $1 in a) WANDB_API_KEY={K};; esac
[ "$WANDB_API_KEY" = {K} ] && echo yes
[ "x$WANDB_API_KEY" != "{K}" ]
test {K} = "$WANDB_API_KEY"
if [[ $WANDB_API_KEY == "{K}" ]]; then :; fi
if [[ ${WANDB_API_KEY} != {K} && -n $A ]]; then :; fi
case $WANDB_API_KEY in {K}) echo yes;; esac
if [ -z "$WANDB_API_KEY" ]; then export WANDB_API_KEY={K}; fi
env WANDB_API_KEY={K} python t.py
export WANDB_API_KEY={K} )
wandb_login {K}
perl -e '$ENV{WANDB_API_KEY} = "{K}"'
printf -v WANDB_API_KEY '%s' {K}
get_wandb_key() { printf %s {K}; }
wandb_api_key () { echo {K}; }
declare -A keys=(["WANDB_API_KEY"]="{K}")
IFS= read -r WANDB_API_KEY < <(echo {K})
[[ "{K}" == "$WANDB_API_KEY" ]]
export WANDB_API_KEY=${DEBUG:+{K}}
WANDB_API_KEY=${WANDB_API_KEY:?{K}}
"""


def cases(*tables: str) -> list[str]:
    return [
        line.replace("\\\\", "\0").replace("\\n", "\n").replace("\\t", "\t").replace("\0", "\\")
        for table in tables
        for line in table.splitlines()
        if line
    ]


# What looks like a key and is something else: revisions, digests, names of secrets.
OTHERS = r"""
git clone https://github.com/wandb/wandb && cd wandb && git checkout {K}
git checkout {K} # wandb
pip install git+https://github.com/wandb/wandb@{K}
pip install "wandb @ git+https://github.com/wandb/wandb.git@{K}#egg=wandb"
pip install wandb==0.1 --hash=sha1:{K}
WANDB_COMMIT={K}
export WANDB_RUN_ID={K}
export WANDB_API_KEY_FILE=/secrets/{K}
WANDB_API_KEY_SHA={K}
wandb_key_id={K}
WANDB_GIT_COMMIT={K} python t.py
git log -S WANDB_API_KEY {K}
git grep WANDB_API_KEY {K}
git log {K} -- wandb_key.py
git diff {K} wandb_api_key.sh
git show {K}:wandb_key.py
docker run -e WANDB_API_KEY {K}
docker run -e WANDB_API_KEY --env WANDB_KEY wandb/local:{K}
docker run --env-secret WANDB_API_KEY=name img@sha1:{K}
docker pull wandb/local@sha1:{K}
echo "{K}  wandb.whl" | sha1sum -c
echo {K} wandb.whl > SHA1SUMS
echo {K} > wandb_key_hash.txt
echo {K} > wandb_commit
echo {K} | sha1sum; wandb login
echo {K} | tee commit.txt; wandb login
echo {K} | tee commit.txt | cat && wandb login
wandb login\ngit checkout {K}
wandb login && git checkout {K}
wandb login; git checkout {K}
wandb login || git checkout {K}
wandb login $WANDB_API_KEY {K}
bash -c "wandb login && git checkout {K}"
bash -c "echo {K} | sha1sum; wandb login"
bash -c "wandb login\ngit checkout {K}"
echo "first wandb login, then {K}"
wandb sync --id {K}
wandb agent e/p/{K}
wandb artifact get e/p/a:{K}
wandb pull {K}
curl https://api.wandb.ai/files/{K}
curl -H "Authorization: Bearer $KEY" https://api.wandb.ai/x/{K}
curl -H "If-None-Match: {K}" https://api.wandb.ai/x
curl -H "Authorization: token {K}" https://api.github.com/repos/wandb/wandb
wget https://api.wandb.ai/artifactsV2/x/{K}
python t.py --wandb_run_id {K}
python t.py --wandb_project {K} --commit {K}
python t.py --wandb --commit {K}
python t.py --wandb-login --commit {K}
python t.py --wandb_login --commit={K}
python t.py --use_wandb_key=true --revision={K}
python t.py wandb.commit={K}
python t.py --logger wandb --cache-key {K}
[ "$COMMIT" = {K} ] && wandb login
[[ $(git rev-parse HEAD) == {K} ]] && wandb login
case $COMMIT in {K}) wandb login;; esac
[ -n "$WANDB_API_KEY" ] && [ "$COMMIT" = {K} ]
echo "machine github.com login user password {K}" > ~/.netrc
cat <<EOF > ~/.netrc\nmachine api.wandb.ai login user password $KEY\nmachine github.com login a password {K}\nEOF
cat <<EOF > c.yaml\nwandb:\n  commit: {K}\nEOF
cat <<EOF > c.yaml\nwandb:\n  project: x\ndata:\n  key: {K}\nEOF
cat <<EOF > c.yaml\nwandb_key: x\ncommit: {K}\nEOF
cat <<EOF > c.yaml\n- name: WANDB_API_KEY\n- name: COMMIT\n  value: {K}\nEOF
cat <<EOF > c.toml\n[wandb]\nproject = "x"\n[cache]\nkey = "{K}"\nEOF
cat <<EOF > c.json\n{"wandb": {"project": "x"}, "key": "{K}"}\nEOF
kubectl create secret generic wandb-secret --from-file={K}
kubectl create configmap wandb --from-literal=key={K}
unset WANDB_API_KEY; git checkout {K}
aws s3 cp s3://b/{K}/wandb_key.txt .
aws ssm get-parameter --name /x/wandb_api_key --version {K}
export WANDB_API_KEY\ngit checkout {K}
export WANDB_API_KEY=$(cat key) COMMIT={K}
export WANDB_API_KEY=$KEY; run {K}
read -r WANDB_API_KEY < {K}
x="WANDB_API_KEY\n{K}"
sed -i "s/commit: .*/commit: {K}/" wandb_key.yaml
python -c "import wandb; wandb.init(id='{K}')"
echo {K} | cut -c1-7 | wandb login
echo {K} > .wandb/commit
echo "commit = {K}" > wandb/settings
get_wandb_commit() { echo {K}; }
python -c "import wandb; wandb.login(); print('{K}')"
"""


@pytest.mark.parametrize("script", cases(OTHERS))
def test_what_only_looks_like_a_key_is_none(script: str) -> None:
    assert KEY not in spelled(facts(script.replace("{K}", KEY) + "\n"))


@pytest.mark.parametrize("script", cases(LOGINS, OPTIONS, CONTAINERS, QUOTED, FILES, REQUESTS, SETTINGS))
def test_every_notation_tells_the_key(script: str) -> None:
    for key in KEYS:
        assert set(spelled(facts(script.replace("{K}", key) + "\n"))) == {key}, script


@pytest.mark.parametrize(
    ("script", "value", "span", "written"),
    [
        ("python t.py --wandb_key {K} -x", "{K}", "wandb_key {K}", "{K}"),
        ("python t.py --wandb_key='{K}' -x", "{K}", "wandb_key='{K}", "{K}"),
        ('echo "export WANDB_API_KEY=\\"{K}\\""', "{K}", 'WANDB_API_KEY=\\"{K}', "{K}"),
        ("wandb login <<< {K}", "{K}", "{K}", "{K}"),
        ("k={K}\npython t.py --wandb_key $k", "{K}", "wandb_key $k", "$k"),
        ("curl https://api:{K}@api.wandb.ai/x", "{K}", "://api:{K}", "{K}"),
        ("python \\\n  --wandb_key \\\n  {K}", "{K}", "wandb_key \\\n  {K}", "{K}"),
    ],
)
def test_where_a_secret_is_written(script: str, value: str, span: str, written: str) -> None:
    found = facts(script.replace("{K}", KEY))
    [told] = found.credentials()
    told_at = [found.source.slice(each).replace(KEY, "{K}") for each in (told.span, told.value_span)]
    assert [(told.value.text or "").replace(KEY, "{K}"), *told_at] == [value, span, written]


@pytest.mark.parametrize(
    "script",
    [
        "export WANDB_API_KEY={K}",
        "WANDB_API_KEY={K} python t.py",
        "docker run -e WANDB_API_KEY={K} img",
        "wandb login {K}",
        "env WANDB_API_KEY={K} python t.py",
        ": ${WANDB_API_KEY:={K}}",
    ],
)
def test_what_a_binding_or_a_call_says_is_not_said_again(script: str) -> None:
    assert list(facts(script.replace("{K}", KEY)).credentials()) == []


@pytest.mark.parametrize(
    "script",
    [
        "echo '{B}' | base64 -d | wandb login",
        "export WANDB_API_KEY=$(echo {B} | base64 --decode)",
        "curl -H 'Authorization: Basic {C}' https://api.wandb.ai/graphql",
        "cat <<EOF | kubectl apply -f -\nkind: Secret\ndata:\n  WANDB_API_KEY: {B}\nEOF",
        'kubectl patch secret x -p \'{"data":{"WANDB_API_KEY":"{B}"}}\'',
    ],
)
def test_base64_is_seen_through(script: str) -> None:
    for key in KEYS:
        plain, account = (b64encode(text.encode()).decode() for text in (key, "api:" + key))
        found = facts(script.replace("{B}", plain).replace("{C}", account))
        [told] = [told for told in found.credentials() if told.value.text == key]
        assert found.source.slice(told.value_span) in (plain, account)


@pytest.mark.parametrize(
    "script",
    [
        "python t.py --wandb_key $KEY",
        "python t.py --wandb_login true --wandb_key ''",
        "echo WANDB_API_KEY=$WANDB_API_KEY >> .env",
        "docker run -e WANDB_API_KEY img",
        "gh secret set WANDB_API_KEY < key.txt",
    ],
)
def test_without_a_text_there_is_nothing_to_tell(script: str) -> None:
    assert list(facts(script).credentials()) == []


def test_a_script_that_names_nothing_is_not_searched() -> None:
    assert (
        list(facts(f"export API_KEY={KEY}; curl -u api:{KEY} https://example.com --password {KEY}").credentials()) == []
    )


# A point in the middle stands for a blank at the end.
PIECES = r"""
wandb login
WANDB_API_KEY
wandb_key
--wandb_key
=
:·
"
'
\\
$
`
(
)
{
}
[wandb]
<<<
<<E\n
\nE\n
;
|
&&
k=
$k
${WANDB_API_KEY:-
curl -u api:
https://api.wandb.ai
://
@
machine api.wandb.ai·
password·
echo·
printf·
%s\\n
cat·
tee·
base64 -d·
export·
wandb:
\n  api_key:·
wandb.login(
key=
,
value
name:·
A=(
case $wandb_key in·
esac
[·
 ]
#
"""

FRAGMENTS = st.sampled_from([*cases(PIECES.replace("·", " ")), " ", "\n", "\0", "\u00e9", "\udcff", "\r\n", *KEYS])


@settings(max_examples=400, deadline=None)
@given(st.lists(FRAGMENTS, max_size=24).map("".join))
def test_no_text_raises_and_every_span_holds_what_it_says(script: str) -> None:
    found = read(Source("run.sh", script.encode("utf-8", "surrogateescape")), WANTED)
    whole = Span(0, len(found.source.text))
    for told in found.credentials():
        assert told.span in whole
        assert told.value_span in told.span
        for piece in told.value.literals():
            assert piece.span is None or piece.span in whole
            if piece.span and piece.span.end - piece.span.start == len(piece.text):
                assert found.source.slice(piece.span) == piece.text


HOSTILE: dict[str, Callable[[int], str]] = {
    "names": lambda n: "echo " + "wandb_key " * n,
    "names in a string": lambda n: 'x="' + "wandb_key " * n + '"',
    "names with marks": lambda n: 'x="' + "wandb_key=" * n + '"',
    "pairs in heredoc": lambda n: "cat <<EOF\n" + f"WANDB_API_KEY={KEY}\n" * n + "EOF\n",
    "pairs with escapes": lambda n: 'x="' + f'wandb_key=\\"{KEY}\\" ' * n + '"',
    "escapes then pairs": lambda n: 'x="' + '\\"' * n + f" wandb_key={KEY}" * n + '"',
    "long name": lambda n: "echo " + "wandb_key_" * n,
    "dots": lambda n: "echo wandb" + ".a" * n,
    "sections": lambda n: 'x="' + "wandb:\n" * n + '"',
    "nested sections": lambda n: 'x="' + "".join(" " * min(i, 300) + "wandb:\n" for i in range(n)) + '"',
    "braces": lambda n: "x='" + '{"wandb":' * n + "'",
    "calls": lambda n: "x='" + "wandb.login(" * n + "'",
    "calls 2": lambda n: "x='" + "wandb.login(a=b," * n + "'",
    "ini": lambda n: "x='" + "[wandb]\n" * n + "'",
    "logins": lambda n: "x='" + "wandb login " * n + "'",
    "logins lines": lambda n: "wandb login \\\n" * n,
    "login options": lambda n: "wandb login " + "--relogin " * n,
    "echo bars": lambda n: "x='" + "echo a echo a | wandb login " * n + "'",
    "machines": lambda n: "x='" + "machine api.wandb.ai password " * n + "'",
    "hosts": lambda n: "x='" + "api.wandb.ai " * n + "'",
    "hosts at": lambda n: "x='" + "://a:b@api.wandb.ai " * n + "'",
    "hosts lines": lambda n: "x='" + "curl -u a:b api.wandb.ai\\\n" * n + "'",
    "hosts cont": lambda n: "cat <<'E'\n" + "curl api.wandb.ai -u a:b \\\n" * n + "E\n",
    "blank cont": lambda n: "cat <<'E'\n" + "\\\n" * n + "api.wandb.ai\n" * n + "E\n",
    "curls": lambda n: "x='" + "curl " * n + "api.wandb.ai'",
    "values": lambda n: "x='" + 'value="aaaaaaaa",name=' * n + "wandb_key'",
    "values names": lambda n: "x='" + "value:a,name:wandb_key" * n + "'",
    "printf": lambda n: "printf '" + "%s " * n + "' " + "wandb_key " * n,
    "printf args": lambda n: "printf '" + "wandb_key " * n + "%s' " + "a " * n,
    "pipes": lambda n: "echo wandb_key " + "| cat " * n,
    "long pipes": lambda n: f"echo {KEY * 10} wandb_key" + "| tee wandb_key " * n,
    "substitutions": lambda n: "wandb login " + "$(echo a) " * n,
    "holes": lambda n: "echo wandb_key=" + "$A" * n,
    "arrays": lambda n: "a=(" + "wandb_key=b " * n + ")",
    "assign args": lambda n: "wandb_key= " * n + "x",
    "tests": lambda n: '[ "$wandb_key" = ' + "a = " * n + "]",
    "refs": lambda n: 'case "' + "$wandb_key " * n + '" in ' + "a|" * n + "b) :;; esac",
    "cases": lambda n: 'case "$wandb_key" in ' + "a) :;;\n" * n + "esac",
    "broken": lambda n: f"wandb_key={KEY} )\n" * n,
    "backquotes": lambda n: f"echo `echo \\$wandb_key {KEY}`\n" * n,
    "many commands": lambda n: f"python t.py --wandb_key {KEY}\n" * n,
    "constant carried": lambda n: f"k={KEY}\n" + "python t.py --wandb_key $k\n" * n,
    "big constant": lambda n: f"k='{'x' * n}'\n" + "python --wandb_key $k\n" * n,
    "sed": lambda n: "sed '" + "s/wandb_key/" * n + "'",
    "base64": lambda n: "x='wandb_key=" + "QUJD" * 10 * n + "'",
    "passes": lambda n: "docker run " + "-e WANDB_API_KEY " * n,
    "equals": lambda n: "echo wandb_key" + "=" * n + " wandb_key" + " =" * n,
    "blanks": lambda n: "x='wandb_key" + " " * 10 * n + "wandb_key'",
    "newlines": lambda n: "x='" + ("wandb_key" + "\n" * 50) * (n // 10) + "'",
    "nested subst": lambda n: "".join(f"x=$(echo $(echo {KEY}))\n" for _ in range(n)),
    "heredocs": lambda n: f"wandb login <<A\n{KEY}\nA\n" * n,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts_end(text: Callable[[int], str]) -> None:
    """Four times the text, and far from sixteen times as long, but for a busy machine."""
    times = []
    for size in (200, 800):
        script = text(size)
        start = time.process_time()
        facts(script)
        times.append(time.process_time() - start)
    assert times[1] < 12 * times[0] + 1


@pytest.mark.parametrize(
    "text",
    [
        "x='" + "a" * 5_000_000 + " wandb_key=b'",
        "wandb login " + "a" * 5_000_000,
        "cat <<E\nmachine api.wandb.ai password " + "a" * 5_000_000 + "\nE\n",
        "x='" + "wandb_key= " * 200_000 + "'",
        "cat <<E\n" + f"WANDB_API_KEY={KEY}\n" * 20_000 + "E\n",
    ],
    ids=["one word", "one argument", "a password", "names", "pairs"],
)
def test_long_texts_end(text: str) -> None:
    start = time.process_time()
    facts(text)
    assert time.process_time() - start < 30


@pytest.mark.parametrize(
    ("script", "comments"),
    [
        ("# one\na # two\n#three", ["# one", "# two", "#three"]),
        ("a \\\n  # one\nb", ["# one"]),
        ("a=( # one\n  b # two\n  # three\n)", ["# one", "# two", "# three"]),
        ("case x in # one\n  # two\n  a) b;; # three\nesac # four", ["# one", "# two", "# three", "# four"]),
        ("if a; then # one\n  b\n  # two\nfi\nf() { # three\n  a\n}", ["# one", "# two", "# three"]),
        ("a=$( # one\n  b # two\n)", ["# one", "# two"]),
        ("a | # one\n  # two\n  b && # three\n  c", ["# one", "# two", "# three"]),
        ("for a in b # one\ndo # two\n  c\ndone", ["# one", "# two"]),
        ("#!/bin/bash\n#SBATCH --export=ALL\na; # one", ["#!/bin/bash", "#SBATCH --export=ALL", "# one"]),
        ("a '# b' \"# c\" d#e", []),
        ("cat <<E\n# a\nE\n# one", ["# one"]),
    ],
)
def test_every_comment_is_a_comment(script: str, comments: list[str]) -> None:
    found = facts(script)
    assert sorted(found.source.slice(comment.span) for comment in found.comments) == sorted(comments)


def test_what_cannot_be_read_is_searched_all_the_same() -> None:
    for script in (f'a "\n# WANDB_API_KEY={KEY}\nb', f"export WANDB_API_KEY={KEY} )", f"x=`a \\`wandb login {KEY}\\``"):
        assert spelled(facts(script)) == [KEY]
