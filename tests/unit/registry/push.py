#!/usr/bin/env python3
"""Pushes to an OCI registry over plain HTTP: push.py HOST:PORT USER:PASSWORD REPOSITORY TAG KIND NAME VERSION

KIND is chart (a Helm chart of that name and version), packed (the chart whose .tgz NAME is), layer (an artifact whose .tgz NAME is),
artifact (a layer with one manifest) or index (an image index over the
artifact). Prints the digest of what the tag names."""
import base64
import hashlib
import io
import json
import sys
import tarfile
import urllib.request

EMPTY = b'{}'


def ask(method, url, body=None, headers=None):
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    request.add_header('Authorization', 'Basic ' + base64.b64encode(sys.argv[2].encode()).decode())
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request)


def digest(data):
    return 'sha256:' + hashlib.sha256(data).hexdigest()


def blob(base, data, media_type):
    with ask('POST', f'{base}/blobs/uploads/', b'') as started:
        where = started.headers['Location']
    ask('PUT', f'{where}{"&" if "?" in where else "?"}digest={digest(data)}', data,
        {'Content-Type': 'application/octet-stream'}).close()
    return {'mediaType': media_type, 'digest': digest(data), 'size': len(data)}


def manifest(base, reference, body):
    data = json.dumps(body).encode()
    ask('PUT', f'{base}/manifests/{reference}', data, {'Content-Type': body['mediaType']}).close()
    return {'mediaType': body['mediaType'], 'digest': digest(data), 'size': len(data)}


def archive(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w:gz') as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return out.getvalue()


def image(config, layers):
    return {'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.manifest.v1+json', 'config': config, 'layers': layers}


def main():
    host, _, repository, tag, kind, name, version = sys.argv[1:]
    base = f'http://{host}/v2/{repository}'
    if kind == 'chart':
        meta = {'apiVersion': 'v2', 'name': name, 'version': version}
        files = {f'{name}/Chart.yaml': json.dumps(meta), f'{name}/templates/a.yaml': 'a: {{ .Chart.Version }}\n'}
        layers = [blob(base, b'signed', 'application/vnd.cncf.helm.chart.provenance.v1.prov'),
                  blob(base, archive(files), 'application/vnd.cncf.helm.chart.content.v1.tar+gzip')]
        config = blob(base, json.dumps(meta).encode(), 'application/vnd.cncf.helm.config.v1+json')
    elif kind == 'packed':
        with open(name, 'rb') as packed:
            layers = [blob(base, packed.read(), 'application/vnd.cncf.helm.chart.content.v1.tar+gzip')]
        config = blob(base, EMPTY, 'application/vnd.cncf.helm.config.v1+json')
    elif kind == 'layer':
        with open(name, 'rb') as packed:
            layers = [blob(base, packed.read(), 'application/vnd.oci.image.layer.v1.tar+gzip')]
        config = blob(base, EMPTY, 'application/vnd.oci.empty.v1+json')
    else:
        layers = [blob(base, archive({'cm.yaml': f'kind: ConfigMap # {version}\n'}), 'application/vnd.oci.image.layer.v1.tar+gzip')]
        config = blob(base, EMPTY, 'application/vnd.oci.empty.v1+json')
    if kind == 'index':
        made = manifest(base, f'{tag}-image', image(config, layers))
        made = manifest(base, tag, {'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.index.v1+json', 'manifests': [made]})
    else:
        made = manifest(base, tag, image(config, layers))
    print(made['digest'])


main()
