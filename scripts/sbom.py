#!/usr/bin/env python3
"""Writes the bill of materials of a build: CycloneDX 1.6, with one component for each package of Cargo.lock.

    scripts/sbom.py target/sbom.cdx.json

The crates of this repository are among the components. A component that only tests, benches or the fuzzer use has the
scope "excluded": no build of the binary uses it, on any platform. Licences come from the sources of the packages,
everything else from Cargo.lock, so the same commit has the same bytes on every machine: there is no time, no random number
and no path in them.
"""

import hashlib
import json
import pathlib
import subprocess
import sys
import tomllib
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
INDEX = "registry+https://github.com/rust-lang/crates.io-index"
BINARY = "sigma-sync"


def reference(package):
    own = "source" not in package
    return ("workspace:" if own else "pkg:cargo/") + package["name"] + "@" + package["version"]


def metadata():
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--all-features"]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)


def shipped(known):
    """Returns the names and versions of what a build of the binary uses, on any platform."""
    nodes = {node["id"]: node for node in known["resolve"]["nodes"]}
    names = {one["id"]: (one["name"], one["version"]) for one in known["packages"]}
    left = [id for id in known["workspace_members"] if names[id][0] == BINARY]
    found = set()
    while left:
        id = left.pop()
        if id in found:
            continue
        found.add(id)
        for dependency in nodes[id]["deps"]:
            if any(kind["kind"] != "dev" for kind in dependency["dep_kinds"]):
                left.append(dependency["pkg"])
    return {names[id] for id in found}


def component(package, licences, used):
    key = (package["name"], package["version"])
    made = {"type": "library", "bom-ref": reference(package), "name": key[0], "version": key[1]}
    made["scope"] = "required" if key in used else "excluded"
    if "checksum" in package:
        made["hashes"] = [{"alg": "SHA-256", "content": package["checksum"]}]
    if licences.get(key):
        # Cargo's older form separates alternatives by a slash.
        made["licenses"] = [{"expression": " OR ".join(part.strip() for part in licences[key].split("/"))}]
    if "source" in package:
        assert package["source"] == INDEX, package
        made["purl"] = reference(package)
    return made


def document():
    text = (ROOT / "Cargo.lock").read_bytes()
    packages = tomllib.loads(text.decode())["package"]
    known = metadata()
    licences = {(one["name"], one["version"]): one["license"] for one in known["packages"]}
    used = shipped(known)

    # A dependency is named with its version where the name alone is not enough.
    by_name = {}
    for package in packages:
        for name in (package["name"], package["name"] + " " + package["version"]):
            by_name.setdefault(name, []).append(reference(package))

    def depends(package):
        found = [by_name[name] for name in package.get("dependencies", [])]
        assert all(len(one) == 1 for one in found), package
        return {"ref": reference(package), "dependsOn": sorted(one[0] for one in found)}

    crate = next(package for package in packages if package["name"] == BINARY)
    binary = {"type": "application", "bom-ref": "binary", "name": BINARY, "version": crate["version"]}
    binary["licenses"] = [{"expression": licences[(BINARY, crate["version"])]}]
    dependencies = [{"ref": "binary", "dependsOn": [reference(crate)]}]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "urn:uuid:" + str(uuid.UUID(bytes=hashlib.sha256(text).digest()[:16], version=4)),
        "version": 1,
        "metadata": {"component": binary},
        "components": [component(package, licences, used) for package in packages],
        "dependencies": dependencies + [depends(package) for package in packages],
    }


def check(written):
    """Compares what was written with Cargo.lock, counted in another way, and looks for paths of this machine."""
    made = json.loads(written)
    lines = (ROOT / "Cargo.lock").read_text().splitlines()
    count = sum(line == "[[package]]" for line in lines)
    references = {one["bom-ref"] for one in made["components"]}
    assert len(made["components"]) == len(references) == count, (len(references), count)
    ends = {end for one in made["dependencies"] for end in one["dependsOn"]}
    assert ends <= references, ends - references
    missing = [one["name"] for one in made["components"] if "licenses" not in one]
    assert not missing, missing
    for path in (str(ROOT), str(pathlib.Path.home())):
        assert len(path) < 4 or path not in written, path
    return count, sum(one["scope"] == "required" for one in made["components"])


def main():
    to = pathlib.Path(sys.argv[1])
    written = json.dumps(document(), indent=1, ensure_ascii=False) + "\n"
    count, required = check(written)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(written)
    print(f"sbom: {to}: {count} components, as many as packages in Cargo.lock; a build of the binary uses {required}")


if __name__ == "__main__":
    main()
