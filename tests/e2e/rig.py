"""The real processes on one machine, for end-to-end tests and benchmarks: a cluster (the sandbox, or a real control plane where
KUBEBUILDER_ASSETS names one and the rig is asked for it), repo-server, application-controller, Git repositories over http and ssh.
Everything lives in one temporary folder and ends with the rig."""
import base64
import hashlib
import http.client
import http.server
import io
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import urllib.parse
import warnings

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.path.abspath(os.environ.get('CAPSTAN_BIN', os.path.join(ROOT, 'build/debug/bin')))
REDIS_PASSWORD = 'only-of-this-test'
APPS = '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications'


def chart_archive(name, files):
    """A chart as `helm package` packs it."""
    return archive({f'{name}/{path}': text for path, text in files.items()})


def archive(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w:gz') as tar:
        for path, text in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return out.getvalue()


class GitHTTP(http.server.BaseHTTPRequestHandler):
    """Smart HTTP by git's own http-backend; repositories below `private/` want user and password."""
    folder = credentials = None
    log, objects = [], {}  # objects of Git LFS by their SHA-256
    protocol_version = 'HTTP/1.1'

    def serve(self):
        path, _, query = self.path.partition('?')
        want = 'Basic ' + base64.b64encode(self.credentials.encode()).decode()
        if path.startswith('/private/') and self.headers.get('Authorization') != want:
            self.send_response(401)
            self.send_header('WWW-Authenticate', 'Basic realm="git"')
            self.send_header('Content-Length', '0')
            self.end_headers()
            return
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        if '/lfs/' in path:
            self.answer_lfs(path, body)
            return
        env = dict(os.environ, GIT_PROJECT_ROOT=self.folder, GIT_HTTP_EXPORT_ALL='1', PATH_INFO=path, QUERY_STRING=query,
                   REQUEST_METHOD=self.command, CONTENT_TYPE=self.headers.get('Content-Type') or '',
                   HTTP_CONTENT_ENCODING=self.headers.get('Content-Encoding') or '', CONTENT_LENGTH=str(len(body)))
        self.log.append((path, self.headers.get('Authorization')))
        out = subprocess.run(['git', 'http-backend'], input=body, env=env, stdout=subprocess.PIPE, check=False).stdout
        head, _, data = out.partition(b'\r\n\r\n')
        headers = [line.split(': ', 1) for line in head.decode().split('\r\n') if ': ' in line]
        status = int(next((v for k, v in headers if k == 'Status'), '200').split()[0])
        self.send_response(status)
        for k, v in headers:
            if k not in ('Status', 'Content-Length'):
                self.send_header(k, v)
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def answer_lfs(self, path, body):
        data = self.objects.get(path.rpartition('/')[2], b'')
        if path.endswith('/info/lfs/objects/batch'):
            oid = json.loads(body)['objects'][0]['oid']
            href = f"http://{self.headers['Host']}{path.replace('/info/lfs/objects/batch', '')}/lfs/{oid}"
            known = {'actions': {'download': {'href': href}}} if oid in self.objects else {'error': {'code': 404, 'message': 'no such object'}}
            data = json.dumps({'objects': [dict(oid=oid, **known)]}).encode()
        self.log.append((path, self.headers.get('Authorization')))
        self.send_response(200)
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = serve

    def log_message(self, *args):
        pass


class Rig:
    def __init__(self, real=False, poll='300ms', resync='0s', sandbox=()):
        self.real, self.poll, self.resync, self.sandbox = real, poll, resync, sandbox
        self.work = tempfile.mkdtemp(prefix='capstan-e2e')
        self.procs, self.starts, self.local, self.servers = {}, {}, threading.local(), []
        self.lock, self.known_kinds = threading.Lock(), (None, [])
        os.makedirs(f'{self.work}/git')

    # --- processes ---
    def program(self, name, *args, kubeconfig='kubeconfig'):
        log = open(f'{self.work}/{name}.log', 'a')
        self.starts[name] = log.tell()
        env = dict(os.environ, KUBECONFIG=f'{self.work}/{kubeconfig}')
        env.update(REDIS_SERVER=f'unix:{self.work}/redis', REDIS_PASSWORD=REDIS_PASSWORD)
        env.setdefault('LSAN_OPTIONS', f'suppressions={ROOT}/tests/lib/lsan.supp:print_suppressions=0')
        self.procs[name] = subprocess.Popen([f'{BIN}/capstan-{name}', *args], stdout=log, stderr=log, env=env)

    def start(self, settings=None):
        """`settings` go into argocd-cm before the services start."""
        if self.real:
            subprocess.run([f'{ROOT}/tests/e2e/peer-cluster', 'start', f'{self.work}/peer'], check=True)
            shutil.copy(f'{self.work}/peer/kubeconfig', f'{self.work}/kubeconfig')
            self.token = 'user-token'
        else:
            users = [a for u in ('argocd-controller', 'argocd-server', 'user') for a in ('--token', f'{u}-token={u}')]
            self.program('sandbox', '--listen', '127.0.0.1:0', *users, '--write-kubeconfig', f'{self.work}/kubeconfig', '--crds',
                         f'{ROOT}/deploy/crds', '--namespaces', 'argocd', '--request-log', f'{self.work}/requests.log', *self.sandbox)
            self.token = 'user-token'
            self.until(lambda: os.path.exists(f'{self.work}/kubeconfig'), 20, 'the sandbox listens')
        with open(f'{self.work}/kubeconfig') as f:
            text = f.read()
        self.port = int(text.split('https://127.0.0.1:')[1].split('"')[0].split()[0])
        for who in ('argocd-server', 'user'):
            with open(f'{self.work}/{who}.kubeconfig', 'w') as f:
                f.write(text.replace('argocd-controller-token', f'{who}-token'))
        if self.real:
            self.install()
            self.program('sandbox', '--simulate-only', 'kubelet', '--kubeconfig', f'{self.work}/peer/admin.kubeconfig', *self.sandbox)
        if settings:
            self.call('POST', '/api/v1/namespaces/argocd/configmaps',
                      {'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'argocd-cm'}, 'data': settings})
        self.redis()
        self.repo_server()
        self.controller()
        self.program('notifier', '--retry-wait', '100ms')

    def install(self):
        kubectl = os.path.join(os.environ['KUBEBUILDER_ASSETS'], 'kubectl')
        for args in (['create', 'namespace', 'argocd'], ['apply', '--server-side', '-f', f'{ROOT}/deploy/crds']):
            subprocess.run([kubectl, '--kubeconfig', f'{self.work}/kubeconfig', *args], check=True, stdout=subprocess.DEVNULL)

    def redis(self):
        """On a unix socket of this rig's own, with a password; it keeps nothing, so a restart is a flush."""
        self.procs['redis'] = subprocess.Popen(['redis-server', '--port', '0', '--unixsocket', f'{self.work}/redis', '--requirepass',
                                                REDIS_PASSWORD, '--save', '', '--appendonly', 'no', '--dir', self.work, '--logfile',
                                                f'{self.work}/redis.log'])

    def repo_server(self, mirrors='mirrors', *args):
        for folder in ('plugins', 'plugin-files'):
            os.makedirs(f'{self.work}/{folder}', exist_ok=True)
        self.program('repo-server', '--data-dir', f'{self.work}/{mirrors}', '--bus-listen', f'ipc://{self.work}/repo.sock', '--poll',
                     self.poll, '--poll-jitter', '0s', '--bus-events', f'ipc://{self.work}/events.sock', '--metrics-address',
                     f'unix:{self.work}/repo-metrics', '--plugin-sockets', f'{self.work}/plugins', '--plugin-files',
                     f'{self.work}/plugin-files', *args)

    def metrics(self, name):
        """{series: value} of a service that was given --metrics-address unix:NAME-metrics."""
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(f'{self.work}/{name}-metrics')
            s.sendall(b'GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
            text = b''.join(iter(lambda: s.recv(65536), b'')).decode()
        return {k: float(v) for k, _, v in (line.rpartition(' ') for line in text.splitlines() if line.startswith('capstan_'))}

    def controller(self, **env):
        self.program('application-controller', '--bus-listen', f'ipc://{self.work}/ctl.sock', '--repo-server',
                     f'ipc://{self.work}/repo.sock', '--repo-server-events', f'ipc://{self.work}/events.sock', '--app-resync',
                     self.resync, '--sync-wave-delay', '100ms', '--self-heal-backoff-timeout', '200ms')

    def start_api_server(self, *args):
        """At the same address each time, under a user of its own; `password` is the first one of admin."""
        if not hasattr(self, 'address'):
            with socket.socket() as s:
                s.bind(('127.0.0.1', 0))
                self.address = f'127.0.0.1:{s.getsockname()[1]}'
        self.program('api-server', '--listen', self.address, '--repo-server', f'ipc://{self.work}/repo.sock', '--controller',
                     f'ipc://{self.work}/ctl.sock', *args, kubeconfig='argocd-server.kubeconfig')
        path = '/api/v1/namespaces/argocd/secrets/argocd-initial-admin-secret'
        self.until(lambda: self.get(path), 20, 'the first password is there')
        self.password = base64.b64decode(self.get(path)['data']['password']).decode()

    def reader(self):
        """Starts the api-server and returns get(path) of a user who is logged in at it."""
        self.start_api_server('--insecure')
        session = {}

        def ask(path, body=None):
            c = http.client.HTTPConnection(self.address, timeout=30)
            c.request('POST' if body else 'GET', path, body and json.dumps(body),
                      {'Content-Type': 'application/json', 'Authorization': f'Bearer {session.get("token", "")}'})
            r = c.getresponse()
            data = r.read()
            c.close()
            return json.loads(data) if r.status == 200 else None

        def log_in():
            try:
                session.update(ask('/api/v1/session', {'username': 'admin', 'password': self.password}) or {})
            except OSError:
                pass
            return 'token' in session

        self.until(log_in, 30, 'the api-server lets the user in')
        return ask

    def api_server(self):
        """Starts it and logs the CLI in as admin."""
        self.start_api_server()
        login = ('login', self.address, '--username', 'admin', '--insecure', '--password', self.password)
        self.until(lambda: self.capstan(*login)[0] == 0, 20, 'the api-server answers and is ready')

    def capstan(self, *args):
        """(exit code, stdout, stderr) of the CLI."""
        p = subprocess.run([f'{BIN}/capstan', *args], env=dict(os.environ, ARGOCD_CONFIG_DIR=f'{self.work}/cli'), text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=60, check=False)
        return p.returncode, p.stdout, p.stderr

    def user_environment(self):
        """For a shell in the user's hand: `argocd` is our CLI, logged in; kubectl, where there is one, acts as `user`."""
        tools = f'{self.work}/bin'
        if not os.path.isdir(tools):
            os.makedirs(tools, exist_ok=True)
            os.symlink(f'{BIN}/capstan', f'{tools}/argocd')
        path = [tools, os.environ.get('KUBEBUILDER_ASSETS', ''), os.environ['PATH']]
        return dict(os.environ, PATH=':'.join(filter(None, path)), KUBECONFIG=f'{self.work}/user.kubeconfig',
                    ARGOCD_CONFIG_DIR=f'{self.work}/cli')

    def started(self, name):
        with open(f'{self.work}/{name}.log', errors='replace') as f:
            f.seek(self.starts.get(name, 0))
            text = f.read()
        return name in ('sandbox', 'redis') or f'{name}: started' in text

    def kill(self, name):
        self.procs[name].send_signal(signal.SIGKILL)
        self.procs[name].wait()

    def stop(self):
        bad = []
        for name, p in self.procs.items():
            self.until(lambda n=name, q=p: q.poll() is not None or self.started(n), 30, f'{name} has started')
            p.terminate()
        for name, p in self.procs.items():
            try:
                code = p.wait(60)
            except subprocess.TimeoutExpired:
                p.kill()
                code = 'no end'
            if code not in (0, -signal.SIGKILL):
                bad.append(f'{name} ended with {code}')
        if self.real:
            subprocess.run([f'{ROOT}/tests/e2e/peer-cluster', 'stop', f'{self.work}/peer'], check=False)
        for s in self.servers:
            s() if callable(s) else s.shutdown()
        return bad

    def remove(self):
        shutil.rmtree(self.work, ignore_errors=True)

    # --- the cluster ---
    def call(self, method, path, body=None, kind='application/json', ok=(200, 201, 202)):
        for _ in range(3):
            if not hasattr(self.local, 'c'):
                self.local.c = http.client.HTTPSConnection('127.0.0.1', self.port, context=ssl._create_unverified_context(),
                                                           timeout=30)
            try:
                self.local.c.request(method, path, body and json.dumps(body),
                                     {'Authorization': f'Bearer {self.token}', 'Content-Type': kind})
                r = self.local.c.getresponse()
                data = r.read()
                break
            except (http.client.HTTPException, OSError):
                del self.local.c
        else:
            raise ConnectionError(f'{method} {path}: the server cannot be reached')
        if ok and r.status not in ok:
            raise AssertionError(f'{method} {path}: {r.status} {data[:400].decode()}')
        return json.loads(data) if data[:1] in b'{[' else data

    def get(self, path):
        r = self.call('GET', path, ok=(200, 404))
        return None if r.get('kind') == 'Status' else r

    def watch(self, path):
        """The events of a watch, until the server ends it."""
        c = http.client.HTTPSConnection('127.0.0.1', self.port, context=ssl._create_unverified_context())
        try:
            c.request('GET', path, headers={'Authorization': f'Bearer {self.token}'})
            for line in c.getresponse():
                yield json.loads(line)
        except http.client.HTTPException as e:
            raise ConnectionError(str(e)) from e
        finally:
            c.close()

    # Kinds by discovery, each group in the version that it prefers: dicts of group, apiVersion, kind, plural, namespaced, path.
    def kinds(self):
        crds = self.call('GET', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions')['items']
        known = sorted(c['metadata']['uid'] for c in crds if c.get('status', {}).get('conditions'))
        with self.lock:
            if self.known_kinds[0] != known:
                self.known_kinds = known, self.discover()
            return self.known_kinds[1]

    def discover(self):
        groups = [('', 'v1', '/api/v1')]
        for g in self.call('GET', '/apis')['groups']:
            version = g['preferredVersion']['groupVersion']
            groups.append((g['name'], version, f'/apis/{version}'))
        out = []
        for group, version, path in groups:
            for r in (self.get(path) or {}).get('resources', []):
                if '/' not in r['name'] and 'list' in r['verbs']:
                    out.append({'group': group, 'apiVersion': version, 'kind': r['kind'], 'plural': r['name'],
                                'namespaced': r['namespaced'], 'path': path})
        return out

    def items(self, kind, ns):
        return (self.get(f"{kind['path']}/namespaces/{ns}/{kind['plural']}") or {}).get('items', [])

    def find(self, api_version, kind, name):
        """[(kind, object)] of a cluster-scoped object, empty if there is none."""
        for k in self.kinds():
            if (k['apiVersion'], k['kind']) == (api_version, kind):
                found = self.get(f"{k['path']}/{k['plural']}/{name}")
                return [(k, found)] if found else []
        return []

    def version_of(self, group, plural):
        return next((k['apiVersion'].split('/')[-1] for k in self.kinds() if (k['group'], k['plural']) == (group, plural)), '')

    def patch(self, path, body):
        return self.call('PATCH', path, body, 'application/merge-patch+json')

    def namespace(self, name):
        self.call('POST', '/api/v1/namespaces', {'apiVersion': 'v1', 'kind': 'Namespace', 'metadata': {'name': name}})

    def app(self, name, repo, path='app', ns=None, policy=None, revision='main', **spec):
        doc = {'apiVersion': 'argoproj.io/v1alpha1', 'kind': 'Application', 'metadata': {'name': name, 'namespace': 'argocd'},
               'spec': {'source': {'repoURL': repo, 'path': path, 'targetRevision': revision},
                        'destination': {'server': 'https://kubernetes.default.svc', 'namespace': ns or name}, **spec}}
        if policy is not None:
            doc['spec']['syncPolicy'] = policy
        return self.call('POST', APPS, doc)

    def status(self, name):
        return (self.get(f'{APPS}/{name}') or {}).get('status', {})

    def state(self, name):
        s = self.status(name)
        return s.get('sync', {}).get('status'), s.get('health', {}).get('status')

    def sync(self, name, **op):
        self.patch(f'{APPS}/{name}', {'operation': {'initiatedBy': {'username': 'user'}, 'sync': op}})

    def operation_ended(self, name):
        a = self.get(f'{APPS}/{name}')
        s = a.get('status', {}).get('operationState', {})
        return 'operation' not in a and s.get('finishedAt') and s.get('phase') != 'Running'

    def until(self, test, seconds, what):
        end = time.time() + seconds
        while time.time() < end:
            if test():
                return
            time.sleep(0.05)
        raise AssertionError(f'not within {seconds} s: {what}')

    def writes(self):
        """What the controller wrote, events and leases left out, as request_log has it."""
        return [r for r in self.request_log(0)[0] if r.get('user') == 'argocd-controller']

    def log_path(self):
        return f'{self.work}/peer/audit.log' if self.real else f'{self.work}/requests.log'

    def request_log(self, start):
        """(writes from byte `start` of the server's log on, where to go on). Both kinds of server in the sandbox's shape: time,
        user, verb, group, resource, namespace, name, subresource, dryRun, fieldManager, force, code, body."""
        out = []
        with open(self.log_path(), 'rb') as f:
            f.seek(start)
            for line in f:
                if not line.endswith(b'\n'):
                    break
                start += len(line)
                r = from_audit(json.loads(line)) if self.real else json.loads(line)
                if r.get('verb') in ('create', 'update', 'patch', 'delete') and r.get('resource') not in ('events', 'leases'):
                    out.append(r)
        return out, start

    # --- Git ---
    def repository(self, name, files):
        folder = f'{self.work}/git/{name}'
        os.makedirs(folder)
        self.git(folder, 'init', '-q', '-b', 'main')
        self.git(folder, 'config', 'user.name', 'test')
        self.git(folder, 'config', 'user.email', 'test@example.org')
        if files:
            self.commit(name, files)
        return f'file://{folder}'

    def commit(self, name, files):
        folder = f'{self.work}/git/{name}'
        for path, text in files.items():
            full = os.path.join(folder, path)
            if text is None:
                os.remove(full)
                continue
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, 'w') as f:
                f.write(text)
        self.git(folder, 'add', '-A')
        self.git(folder, 'commit', '-q', '-m', 'change')
        return subprocess.check_output(['git', '-C', folder, 'rev-parse', 'HEAD'], text=True).strip()

    def git(self, folder, *args):
        subprocess.run(['git', '-C', folder, *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def git_http(self, credentials='jane:secret'):
        handler = type('Handler', (GitHTTP,), {'folder': f'{self.work}/git', 'credentials': credentials})
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.servers.append(server)
        return f'http://127.0.0.1:{server.server_address[1]}'

    def chart_repository(self, charts, credentials='jane:secret'):
        """A Helm repository over HTTP that wants user and password: URL, list of paths asked for. `charts`: {(name, version):
        {path in the chart: text}}."""
        files, entries = {}, {}
        for (name, version), content in charts.items():
            packed = chart_archive(name, content)
            files[f'/{name}-{version}.tgz'] = packed
            entries.setdefault(name, []).append({'name': name, 'version': version, 'apiVersion': 'v2',
                                                 'urls': [f'{name}-{version}.tgz'], 'digest': hashlib.sha256(packed).hexdigest()})
        files['/index.yaml'] = json.dumps({'apiVersion': 'v1', 'entries': entries}).encode()
        want, asked = 'Basic ' + base64.b64encode(credentials.encode()).decode(), []

        class Charts(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                body, ok = files.get(self.path), self.headers.get('Authorization') == want
                self.send_response(401 if not ok else 200 if body is not None else 404)
                self.send_header('Content-Length', str(len(body or b'') if ok else 0))
                self.end_headers()
                self.wfile.write(body or b'' if ok else b'')

            def log_message(self, *args):
                pass

        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Charts)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.servers.append(server)
        return f'http://127.0.0.1:{server.server_address[1]}', asked

    def oci_registry(self, charts, user='jane', password='secret'):
        """A real docker-registry with basic authentication, `charts` pushed below charts/: HOST:PORT."""
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            host = f'127.0.0.1:{s.getsockname()[1]}'
        with warnings.catch_warnings():
            warnings.simplefilter('ignore', DeprecationWarning)
            import crypt  # pylint: disable=import-outside-toplevel,deprecated-module
            hashed = crypt.crypt(password, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16))
        files = {'htpasswd': f'{user}:{hashed}\n',
                 'registry.yml': json.dumps({'version': 0.1, 'log': {'level': 'error'}, 'http': {'addr': host},
                                             'storage': {'filesystem': {'rootdirectory': f'{self.work}/oci'}},
                                             'auth': {'htpasswd': {'realm': 'test', 'path': f'{self.work}/htpasswd'}}})}
        for name, text in files.items():
            with open(f'{self.work}/{name}', 'w') as f:
                f.write(text)
        with open(f'{self.work}/registry.log', 'w') as log:
            registry = subprocess.Popen(['docker-registry', 'serve', f'{self.work}/registry.yml'], stdout=log, stderr=log)
        self.servers.append(registry.kill)
        self.until(lambda: self.listens(host), 20, 'the registry listens')
        for (name, version), content in charts.items():
            self.push_chart(host, name, version, content)
        return host

    def push_chart(self, host, name, version, content):
        return self.push(host, f'charts/{name}', version, 'packed', chart_archive(name, content))

    def push_artifact(self, host, repository, tag, files):
        """A layer of files; the digest of its manifest."""
        return self.push(host, repository, tag, 'layer', archive(files))

    def push(self, host, repository, tag, kind, packed, credentials='jane:secret'):
        with open(f'{self.work}/pushed.tgz', 'wb') as f:
            f.write(packed)
        return subprocess.run([sys.executable, f'{ROOT}/tests/unit/registry/push.py', host, credentials, repository, tag, kind,
                               f'{self.work}/pushed.tgz', tag], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    @staticmethod
    def listens(host):
        try:
            socket.create_connection((host.split(':')[0], int(host.split(':')[1])), 1).close()
            return True
        except OSError:
            return False

    def receiver(self):
        """A webhook's other end: (URL, list of (Idempotency-Key, body) as they come)."""
        got = []

        class Receiver(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
                got.append((self.headers.get('Idempotency-Key'), body))
                self.send_response(200)
                self.send_header('Content-Length', '0')
                self.end_headers()

            def log_message(self, *args):
                pass

        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Receiver)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.servers.append(server)
        return f'http://127.0.0.1:{server.server_address[1]}/hook', got

    def git_ssh(self):
        """An sshd of this test's own: (url prefix, private key, known_hosts line)."""
        d = f'{self.work}/ssh'
        os.makedirs(d)
        os.makedirs('/run/sshd', exist_ok=True)
        for key in ('host', 'user'):
            subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', f'{d}/{key}'], check=True)
        shutil.copy(f'{d}/user.pub', f'{d}/authorized')
        s = socket.socket()
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
        s.close()
        with open(f'{d}/config', 'w') as f:
            f.write(f'Port {port}\nListenAddress 127.0.0.1\nHostKey {d}/host\nAuthorizedKeysFile {d}/authorized\nUsePAM no\n'
                    f'PasswordAuthentication no\nStrictModes no\nPidFile {d}/pid\n')
        p = subprocess.Popen(['/usr/sbin/sshd', '-D', '-f', f'{d}/config', '-E', f'{d}/log'])
        self.servers.append(p.terminate)
        with open(f'{d}/user') as f, open(f'{d}/host.pub') as h:
            user = subprocess.check_output(['id', '-un'], text=True).strip()
            return f'ssh://{user}@127.0.0.1:{port}{self.work}/git', f.read(), f'[127.0.0.1]:{port} {h.read()}'

    def secret(self, name, kind, **data):
        self.call('POST', '/api/v1/namespaces/argocd/secrets',
                  {'apiVersion': 'v1', 'kind': 'Secret', 'stringData': data,
                   'metadata': {'name': name, 'labels': {'argocd.argoproj.io/secret-type': kind}}})


def from_audit(entry):
    """An entry of a kube-apiserver's audit log in the shape of the sandbox's request log."""
    ref, query = entry.get('objectRef', {}), urllib.parse.parse_qs(urllib.parse.urlparse(entry['requestURI']).query)
    out = {'time': entry['requestReceivedTimestamp'], 'user': entry['user']['username'], 'verb': entry['verb'],
           'group': ref.get('apiGroup', ''), 'code': entry.get('responseStatus', {}).get('code'),
           'body': entry.get('requestObject')}
    out.update({k: ref[k] for k in ('resource', 'namespace', 'name', 'subresource') if k in ref})
    if 'name' not in out:
        out['name'] = ((out['body'] or {}).get('metadata') or {}).get('name', '')
    out.update({k: query[k][0] for k in ('dryRun', 'fieldManager', 'force') if k in query})
    return out


def run(tests, rig):
    """Runs the functions as TAP lines over one rig."""
    failed = 0
    try:
        rig.start()
        for i, test in enumerate(tests, 1):
            name = test.__name__
            try:
                skipped = test(rig)
                print(f'ok {i} - {name}' + (f' # SKIP {skipped}' if skipped else ''), flush=True)
            except Exception as e:  # noqa: BLE001 - whatever it is, it is a failed test
                failed += 1
                print(f'not ok {i} - {name}\n# {type(e).__name__}: {e}'.replace('\n', '\n# ').replace('# # ', '# '), flush=True)
    finally:
        bad = rig.stop()
        n = len(tests) + 1
        print(f'{"not ok" if bad else "ok"} {n} - every process ends in order, without a leak')
        for b in bad:
            print(f'# {b}')
            with open(f'{rig.work}/{b.split()[0]}.log', errors='replace') as f:
                for line in f.read().splitlines()[-60:]:
                    print(f'# {line}')
        print(f'1..{n}')
        if not (failed or bad) and not os.environ.get('KEEP'):
            rig.remove()
        else:
            print(f'# logs: {rig.work}')
    return 1 if failed or bad else 0
