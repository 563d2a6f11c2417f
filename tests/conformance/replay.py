"""Plays a recorded scenario on a rig and looks at what came of each step, in the recording's own shapes."""
import json
import os
import re
import shutil
import subprocess
import threading
import time

from contract import Masks, identity, step, waves_of
from rig import APPS

PROJECTS, APPSETS = APPS.replace('applications', 'appprojects'), APPS.replace('applications', 'applicationsets')
# Kinds that the recordings leave out of `live`: events of all sorts, and what follows from others.
NOT_LIVE = {'replicasets', 'events', 'endpoints', 'endpointslices', 'leases', 'controllerrevisions'}
PATIENCE = 90  # seconds that an awaited state may take


class Timeline:
    """Every version of every Application, as a watch brings them: [(monotonic time, object or None)] a name."""

    def __init__(self, rig):
        self.rig, self.versions, self.changed, self.over = rig, {}, threading.Condition(), False
        threading.Thread(target=self.follow, daemon=True).start()

    def follow(self):
        while not self.over:
            try:
                listed = self.rig.call('GET', APPS)
                for a in listed['items']:
                    self.note(a['metadata']['name'], a)
                for event in self.rig.watch(f"{APPS}?watch=true&resourceVersion={listed['metadata']['resourceVersion']}"):
                    if event['type'] == 'ERROR':
                        break
                    if event['type'] != 'BOOKMARK':
                        self.note(event['object']['metadata']['name'], event['object'] if event['type'] != 'DELETED' else None)
            except OSError:
                time.sleep(0.2)

    def note(self, name, app):
        with self.changed:
            seen = self.versions.setdefault(name, [])
            if not seen or not app or not seen[-1][1] or \
                    seen[-1][1]['metadata']['resourceVersion'] != app['metadata']['resourceVersion']:
                seen.append((time.monotonic(), app))
            self.changed.notify_all()

    def since(self, name, moment):
        """The version that stood at the moment, and all later ones."""
        with self.changed:
            seen = self.versions.get(name, [])
            later = [i for i, (t, _) in enumerate(seen) if t > moment]
            first = later[0] if later else len(seen)
            return [a for _, a in seen[max(first - 1, 0):]] or [None]

    def latest(self, name):
        with self.changed:
            return self.versions[name][-1][1] if self.versions.get(name) else None

    def last_change(self, names):
        with self.changed:
            return max((self.versions[n][-1][0] for n in names if self.versions.get(n)), default=0)

    def wait(self, seconds):
        with self.changed:
            self.changed.wait(seconds)


def holds(token, app):
    """Does one word of a condition hold for a version of an Application (None: it is not there)?"""
    key, _, value = token.partition('=')
    if key in ('gone', 'exists'):
        return (app is None) == (key == 'gone')
    if app is None:
        return False
    status, idle = app.get('status', {}), 'operation' not in app
    state = status.get('operationState', {})
    tests = {
        'sync': lambda: status.get('sync', {}).get('status') == value,
        'health': lambda: status.get('health', {}).get('status') == value,
        'phase': lambda: idle and state.get('phase') == value,
        'op': lambda: idle and state.get('phase') != 'Running',
        'running': lambda: state.get('phase') == 'Running',
        'rev': lambda: status.get('sync', {}).get('revision') == value,
        'syncedrev': lambda: idle and state.get('phase') != 'Running' and state.get('syncResult', {}).get('revision') == value,
        'cond': lambda: any(c['type'] == value for c in status.get('conditions', [])),
        'refreshed': lambda: 'argocd.argoproj.io/refresh' not in app['metadata'].get('annotations', {}),
        'retry': lambda: state.get('retryCount', 0) == int(value),
    }
    return tests[key]()


class Replay:
    def __init__(self, rig, timeline, git_url, recording, settle):
        self.rig, self.timeline, self.git_url, self.recording = rig, timeline, git_url, recording
        self.settle = settle
        self.masks, self.name = Masks(), recording['name']
        self.folder = f'{rig.work}/play/{self.name}'
        self.local = None
        self.apps = self.names_of_apps()
        self.main = self.main_app()
        self.namespaces, self.cluster_objects = self.places()
        self.told = {}  # event uid -> count that was seen
        self.waves = waves_of(recording)
        _, self.log_at = rig.request_log(0)
        os.makedirs(self.folder)

    def names_of_apps(self):
        """Those that the scenario brings about itself are known from what was recorded."""
        given = self.recording.get('application') or []
        names = [a['metadata']['name'] for a in (given if isinstance(given, list) else [given])]
        for s in self.recording['steps']:
            for a in [s['then'].get('application')] + (s['then'].get('applications') or []):
                if a and a['metadata']['name'] not in names:
                    names.append(a['metadata']['name'])
        return names

    def main_app(self):
        recorded = [s['then']['application'] for s in self.recording['steps'] if s['then'].get('application')]
        return recorded[0]['metadata']['name'] if recorded else next(iter(self.apps), None)

    def places(self):
        """The namespaces that are looked at, and the objects without one, by identity."""
        namespaces, objects = set(), {}
        for s in self.recording['steps']:
            for o in s['then'].get('live', []):
                if o['kind'] == 'Namespace':
                    namespaces.add(o['name'])
                elif 'namespace' not in o:
                    objects[identity(o)] = o
        return namespaces, objects

    # --- what a step does ---

    def run(self, is_open):
        """Yields (step number, differences). `is_open(step)` says that nobody expects the step to be equal."""
        for w in self.recording['steps'][0]['then'].get('writes', []):
            if (w['user'], w['verb'], w['resource']) == ('user', 'create', 'v1/namespaces'):
                self.rig.namespace(w['name'])
        for url in sorted({g['repo'] for g in self.recording['git']}):
            self.repository(url)
        for n, s in enumerate(self.recording['steps'], 1):
            yield n, self.play(s, 15 if is_open(n) else PATIENCE)

    def play(self, s, patience):
        self.began = self.acted = time.monotonic()
        self.patience, self.commands = patience, []
        trouble = []
        try:
            for action in s['do']:
                self.act(action)
            self.await_condition(s.get('wait') or '')
        except TimeoutError as e:
            trouble = [('wait', s.get('wait'), str(e))]
        # A status may be a moment ahead of the event that tells it: look again before a difference is one.
        for attempt in range(1 if trouble else 4):
            time.sleep(0.4 * attempt)
            got, seen = self.look()
            differences = step(s['then'], got, self.waves)
            if not differences:
                break
        self.told.update(seen['events'])
        self.log_at = seen['log_at']
        return trouble + differences

    def act(self, action):
        verb, _, rest = action.partition(' ')
        if verb == 'wait':
            self.await_condition(rest, on_the_way=True)
        elif verb == 'sleep':
            time.sleep(float(rest))  # deadlines of workloads pass by the clock
        else:
            self.acted = time.monotonic()
            if verb == 'commit':
                self.commit(int(rest))
            elif verb == 'apply':
                self.apply(*re.match(r'(\w+)\[(\d+)\]', rest).groups())
            elif verb == 'refresh':
                name, _, how = rest.partition(' ')
                self.rig.patch(f'{APPS}/{name}', {'metadata': {'annotations': {'argocd.argoproj.io/refresh': how or 'normal'}}})
            else:
                self.shell(action)

    def repository(self, mask):
        name = f"{self.name}-{mask.strip('<>')}"
        self.rig.repository(name, {})
        self.masks.add(mask, f'{self.git_url}/{name}/.git')

    def commit(self, n):
        g = self.recording['git'][n - 1]
        sha = self.rig.commit(f"{self.name}-{g['repo'].strip('<>')}", self.masks.fill_all(g['files']))
        self.masks.add(g['commit'], sha)

    def apply(self, what, index):
        docs = self.recording[what]
        doc = self.masks.fill_all((docs if isinstance(docs, list) else [docs])[int(index)])
        path = {'application': APPS, 'project': PROJECTS, 'applicationset': APPSETS}[what]
        self.rig.call('PATCH', f"{path}/{doc['metadata']['name']}?fieldManager=user&force=true", doc,
                      'application/apply-patch+yaml')

    def shell(self, line):
        if '<local>' in line and not self.local:
            self.local = f'{self.folder}/local'
            shutil.copytree(f"{self.rig.work}/git/{self.name}-repo", self.local, ignore=shutil.ignore_patterns('.git'))
            self.masks.add('<local>', self.local)
        p = subprocess.run(['bash', '-c', self.masks.fill(line)], env=self.rig.user_environment(), cwd=self.folder, text=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300, check=False)
        hidden = self.masks.hide_all({'stdout': p.stdout, 'stderr': p.stderr})
        self.commands.append({'cmd': line, 'rc': p.returncode,
                              **{k: v.replace(f'https://{self.rig.address}', '<argocd-server>') for k, v in hidden.items()}})

    # --- waiting ---

    def await_condition(self, text, on_the_way=False):
        """A state on the way may be gone before it is looked at: it is enough that it was there since the last action, or that what
        the action set off came to rest."""
        words, settled = self.masks.fill(text).replace('and settled', '').split(), 'and settled' in text
        end = time.monotonic() + self.patience
        while True:
            if self.met(words, on_the_way) and (not settled or self.quiet(self.settle)):
                return
            if on_the_way and self.quiet(self.settle) and self.timeline.last_change(self.apps) > self.acted:
                return
            if time.monotonic() > end:
                app = self.timeline.latest(self.main) or {}
                raise TimeoutError(f"not within {self.patience} s; {json.dumps(pick_state(app))}")
            self.timeline.wait(0.05)

    def met(self, words, on_the_way):
        name = self.main
        for word in words:
            key, _, value = word.partition('=')
            if key == 'app':
                name = value
            elif key == 'apps':
                if sum(self.timeline.latest(n) is not None for n in self.apps) != int(value):
                    return False
            elif key == 'appsetgone':
                if self.rig.get(f'{APPSETS}/{value}'):
                    return False
            else:
                versions = self.timeline.since(name, self.acted) if on_the_way else [self.timeline.latest(name)]
                if not any(holds(word, v) for v in versions):
                    return False
        return True

    def quiet(self, seconds):
        return time.monotonic() - max(self.timeline.last_change(self.apps), self.acted) >= seconds

    # --- looking ---

    def look(self):
        """(what is there now, what to remember once the step is over), masked."""
        apps = {n: self.rig.get(f'{APPS}/{n}') for n in self.apps}
        events, counts = self.events()
        writes, log_at = self.rig.request_log(self.log_at)
        got = {'application': apps.get(self.main), 'applications': [a for n, a in apps.items() if n != self.main],
               'gone': [n for n, a in apps.items() if not a], 'events': events, 'live': self.live(),
               'writes': [self.write(w) for w in writes if self.concerns(w)]}
        got = self.masks.hide_all(got)
        got['cli'] = self.commands
        return got, {'events': counts, 'log_at': log_at}

    def events(self):
        out, counts = [], {}
        for e in self.rig.call('GET', '/api/v1/namespaces/argocd/events')['items']:
            of, uid, count = e['involvedObject'], e['metadata']['uid'], e.get('count') or 1
            fresh = count - self.told.get(uid, 0)
            if of['kind'] != 'Application' or of['name'] not in self.apps or fresh <= 0:
                continue
            counts[uid] = count
            out.append({'object': f"{of['kind']}/{of['name']}", 'reason': e['reason'], 'type': e['type'], 'message': e['message'],
                        'count': fresh})
        return out, counts

    def live(self):
        out = []
        for kind in self.rig.kinds():
            if kind['namespaced'] and kind['plural'] not in NOT_LIVE and kind['group'] != 'argoproj.io':
                for ns in self.namespaces:
                    out += [live_form(kind, o) for o in self.rig.items(kind, ns) if is_live(o, kind)]
        for o in self.cluster_objects.values():
            out += [live_form(k, found) for k, found in self.rig.find(o['apiVersion'], o['kind'], o['name'])]
        for ns in self.namespaces:
            out += [live_form(k, found) for k, found in self.rig.find('v1', 'Namespace', ns)]
        return out

    def concerns(self, w):
        if w['resource'] == 'applications':
            return w.get('name') in self.apps
        if w.get('namespace'):
            return w['namespace'] in self.namespaces
        return w.get('name') in self.namespaces or w.get('name') in {o['name'] for o in self.cluster_objects.values()}

    def write(self, w):
        out = {k: w[k] for k in ('user', 'verb', 'namespace', 'name', 'subresource', 'code', 'dryRun', 'fieldManager') if k in w}
        if w['verb'] == 'delete':
            out['options'] = w.get('body') or {}
        if w.get('force'):
            out['force'] = 'true'
        version = self.rig.version_of(w.get('group', ''), w['resource'])
        out['resource'] = '/'.join(filter(None, (w.get('group'), version, w['resource'])))
        return out


def pick_state(app):
    status = app.get('status', {})
    state = status.get('operationState', {})
    return {'sync': status.get('sync', {}).get('status'), 'health': status.get('health', {}).get('status'),
            'revision': status.get('sync', {}).get('revision'), 'phase': state.get('phase'), 'message': state.get('message'),
            'conditions': [c['message'] for c in status.get('conditions', [])]}


def is_live(o, kind):
    m = o['metadata']
    if any(r.get('controller') for r in m.get('ownerReferences', [])):
        return False
    return (kind['plural'], m['name']) not in (('configmaps', 'kube-root-ca.crt'), ('serviceaccounts', 'default'))


def live_form(kind, o):
    """An object as the recordings write it."""
    m = o['metadata']
    out = {'apiVersion': kind['apiVersion'], 'kind': kind['kind'], 'name': m['name']}
    out.update({k: m[k] for k in ('namespace', 'labels', 'annotations', 'finalizers', 'generation') if k in m})
    out.update({k: v for k, v in o.items() if k not in ('apiVersion', 'kind', 'metadata')})
    out['managers'] = [' '.join(filter(None, (f.get('manager'), f.get('operation'), f.get('subresource'))))
                       for f in m.get('managedFields', [])]
    return out
