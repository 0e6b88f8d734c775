"""Compares the rows of the sources with AWS's own models, which botocore carries.

Standard input: the rows, as `ecr_sweep_aws::sources::described_tables` tells them, and the members
that look like images and are none of ours. Standard output: what is wrong, and what a simulator
has to know of each operation.
"""

import hashlib
import json
import re
import sys

import botocore.session
from botocore.config import Config

SESSION = botocore.session.get_session()
NAMES = {}
TOKEN = re.compile(r"(next|pagination|starting)?_?(page)?_?(token|marker)", re.I)
IMAGE = re.compile(
    r"image|.*image_?(uris?|identifier|digest|address|reference)|container_?image.*"
    r"|resolved_?ur[il]|ecr_?(image)?_?ur[il]|container_?ur[il]|repository_?ur[il]|training_?image|docker_?(image|ur[il]).*",
    re.I,
)
CANARY = "canary-5f2c"
REGIONS = ["us-east-1", "eu-west-1", "ap-southeast-2"]


def services():
    for name in SESSION.get_available_services():
        model = SESSION.get_service_model(name)
        NAMES[model.metadata.get("serviceId", name)] = name


def wire(name, shape):
    return shape.serialization.get("name", name)


def members(shape):
    """The members of a structure by their names in what is sent."""
    return {wire(name, it): (name, it) for name, it in shape.members.items()}


class Walk:
    """The types at the paths of an answer, and the members on the way."""

    def __init__(self, service, problem):
        self.service, self.problem, self.seen = service, problem, set()

    def to(self, shape, path):
        for part in [it for it in path.split(".") if it]:
            name, marks = re.fullmatch(r"([^\[{]*)((?:\[\]|\{\})*)", part).groups()
            if name and shape.type_name == "map":
                shape = shape.value
            elif name:
                if shape.type_name != "structure":
                    return self.problem(f"`{path}`: {shape.name} is no structure")
                found = members(shape).get(name)
                if found is None:
                    return self.problem(f"`{path}`: {shape.name} has no `{name}`")
                self.seen.add((self.service, shape.name, found[0]))
                shape = found[1]
            for mark in re.findall(r"\[\]|\{\}", marks):
                kind = "list" if mark == "[]" else "map"
                if shape.type_name != kind:
                    return self.problem(f"`{path}`: {shape.name} is no {kind}")
                shape = shape.member if kind == "list" else shape.value
        return shape

    def text(self, shape, path, numbers=False, bytes=False):
        found = self.to(shape, path)
        kinds = ["string"] + (["integer", "long"] if numbers else []) + (["blob"] if bytes else [])
        if found is not None and found.type_name not in kinds:
            self.problem(f"`{path}` is no text")
        return found


class Call:
    """One row."""

    def __init__(self, row, problems, above, found_for):
        self.row, self.problems, self.above, self.found_for = row, problems, above, found_for
        self.name = f"{row['service']['name']}:{row['operation']}"
        service = NAMES.get(row["service"]["id"])
        self.model = service and SESSION.get_service_model(service)
        if not service or row["operation"] not in self.model.operation_names:
            self.problem("there is no such operation")
            self.model = None
            return
        self.service = service
        self.operation = self.model.operation_model(row["operation"])
        self.walk = Walk(service, self.problem)
        self.input, self.output = self.operation.input_shape, self.operation.output_shape
        self.item = self.walk.to(self.output, row["items"])

    def problem(self, text):
        self.problems.append(f"{self.name}: {text}")

    def check(self):
        self.check_request()
        self.check_pages()
        if self.item is None:
            return
        row, text = self.row, self.walk.text
        listed = row["items"].endswith("[]")
        if not listed and self.item.type_name != "structure":
            self.problem(f"`{row['items']}` is no item")
        for paths in row["sent"]:
            for path in paths.split("|"):
                self.walk.to(self.item, path)
        for path in row["images"] + row["image_arns"] + row["texts"]:
            text(self.item, path)
        for path in row["encoded"]:
            text(self.item, path, bytes=True)
        for parts in row["composed"]:
            within = self.walk.to(self.item, parts["within"])
            if within is not None:
                for path in [parts["repository"], parts["tag"], parts["account"]] + (parts["only"] or [])[:1]:
                    if path is not None:
                        text(within, path)
        for both in row["resolved"]:
            within = self.walk.to(self.item, both["within"])
            if within is not None:
                text(within, both["image"])
                text(within, both["digest"])
        self.check_states(row["counts"], self.item)
        if self.found_for is not None:
            self.check_states(row["when"], self.found_for)
        for path in re.findall(r"\{(.*?)\}", row["arn"]):
            shape, path = (self.found_for, path[1:]) if path.startswith("^") else (self.item, path)
            if shape is None:
                self.problem(f"the name `{row['arn']}` is of nothing")
            else:
                text(shape, path, numbers=True)

    def check_states(self, counts, item):
        if counts == "all":
            return
        path, ended = counts["unless"]
        state = self.walk.text(item, path)
        known = set(getattr(state, "enum", None) or [])
        if known and not set(ended) <= known:
            self.problem(f"`{path}` is never {sorted(set(ended) - known)}")

    def check_request(self):
        row = self.row
        given = dict(row["given"])
        known = members(self.input) if self.input else {}
        is_ec2 = self.model.metadata["protocol"] == "ec2"
        if is_ec2:
            known = {it.serialization.get("queryName", name[:1].upper() + name[1:] if it.type_name != "list" else wire(name, it)): (name, it)
                     for name, it in self.input.members.items()}
        for name, value in given.items():
            found = known.get(name.split(".")[0] if is_ec2 else name)
            if found is None:
                self.problem(f"it takes no `{name}`")
                continue
            self.check_given(name, value, found[1])
        needed = {wire(it, self.input.members[it]) for it in self.input.required_members} if self.input else set()
        if needed - set(given):
            self.problem(f"it needs {sorted(needed - set(given))}")
        self.check_http(known)

    def check_given(self, name, value, shape):
        (kind, value), kinds = next(iter(value.items())), None
        if kind in ("text", "each"):
            kinds = ["string"]
            texts = [value] if kind == "text" else value
            known = getattr(shape, "enum", None)
            if shape.type_name == "list" and "." in name:
                kinds = ["list"]
            if known and not set(texts) <= set(known):
                self.problem(f"`{name}` is never {texts}")
        elif kind == "json":
            kinds = ["list", "structure"]
            self.check_json(name, json.loads(value), shape)
        elif kind == "number":
            kinds = ["integer", "long"]
            most = shape.metadata.get("max")
            if most is not None and value > most:
                self.problem(f"`{name}` is at most {most}")
        elif kind == "nested":
            kinds = ["structure"]
            if shape.type_name == "structure":
                inner = members(shape).get(value[0])
                if inner is None:
                    self.problem(f"`{name}` has no `{value[0]}`")
        elif kind == "batch":
            path, size = value
            kinds = ["list"]
            most = shape.metadata.get("max")
            if most is not None and size > most:
                self.problem(f"`{name}` has at most {most}")
            if self.found_for is not None:
                self.walk.text(self.found_for, path)
        elif kind in ("of", "above"):
            kinds = ["string", "integer", "long"]
            shape_of = self.found_for if kind == "of" else self.above
            if shape_of is None:
                self.problem(f"`{name}` is of nothing")
            else:
                self.walk.text(shape_of, value, numbers=True)
        if shape.type_name not in kinds:
            self.problem(f"`{name}` is a {shape.type_name}")

    def check_json(self, name, value, shape):
        """What is always sent, as deep as it is."""
        if shape.type_name == "list" and isinstance(value, list):
            for it in value:
                self.check_json(name, it, shape.member)
        elif shape.type_name == "structure" and isinstance(value, dict):
            inner = members(shape)
            for key, it in value.items():
                if key in inner:
                    self.check_json(name, it, inner[key][1])
                else:
                    self.problem(f"`{name}` has no `{key}`")
        elif shape.type_name in ("integer", "long") and isinstance(value, int):
            pass
        elif shape.type_name == "string" and isinstance(value, str):
            known = getattr(shape, "enum", None)
            if known and value not in known:
                self.problem(f"`{name}` is never `{value}`")
        else:
            self.problem(f"`{name}` is no {shape.type_name}: {value}")

    def check_http(self, known):
        protocol = self.row["service"]["protocol"]
        if protocol != "rest_json":
            if self.row["http"]:
                self.problem("its protocol has no paths")
            return
        http = self.operation.http
        method, path = self.row["http"].split(" ")
        path, _, query = path.partition("?")
        uri = http["requestUri"].partition("?")[0].replace("+}", "}")
        if (method, path) != (http["method"], uri):
            self.problem(f"it is at {http['method']} {uri}")
        sent = [name for name, _ in self.row["given"]]
        if self.row["pages"]:
            sent.append(self.row["pages"]["given"])
        for name in sent:
            found = known.get(name)
            if found is None:
                continue
            place = found[1].serialization.get("location")
            mine = "uri" if "{" + name + "}" in path else (
                "querystring" if method == "GET" or name in query.split("&") else None)
            if place != mine:
                self.problem(f"`{name}` is in {place or 'the body'}")

    def check_pages(self):
        row, pages = self.row, self.row["pages"]
        takes = members(self.input) if self.input else {}
        gives = members(self.output)
        if pages is None:
            both = [it for it in gives if TOKEN.fullmatch(it)]
            if both and any(TOKEN.fullmatch(it) for it in takes):
                self.problem(f"it has pages: {both}")
            return
        if pages["given"] not in takes or pages["got"] not in gives:
            self.problem(f"its pages have no {pages}")
        try:
            model = SESSION.get_paginator_model(self.service).get_paginator(row["operation"])
        except (ValueError, botocore.exceptions.UnknownServiceError, botocore.exceptions.DataNotFoundError):
            return
        of_model = {"given": model["input_token"], "got": model["output_token"]}
        for side, shape in (("given", self.input), ("got", self.output)):
            name = of_model[side]
            member = shape.members.get(name) if isinstance(name, str) else None
            if member is not None and wire(name, member) != pages[side]:
                self.problem(f"its pages have {of_model}")

    # What a simulator has to know.

    def told(self):
        row = self.row
        protocol = row["service"]["protocol"]
        listed = row["items"].endswith("[]")
        batch = [name for name, value in row["given"] if "batch" in value]
        told = {
            "service": row["service"]["name"],
            "operation": row["operation"],
            "is_list": listed and not batch,
            "items": row["items"].removesuffix("[]"),
            "batch": batch[0] if batch else None,
            "pages": row["pages"],
            "sample": self.sample(self.item, self.wanted(), row["operation"]),
            "kind": None if row["leads_on"] else row["kind"],
            "then": [f"{it['service']['name']}:{it['operation']}" for it in row["then"]],
        }
        if protocol == "rest_json":
            told["http"] = row["http"].partition("?")[0]
        elif "json_rpc" in protocol:
            told["target"] = f"{protocol['json_rpc']['target']}.{row['operation']}"
        else:
            told["version"] = protocol["query"]["version"]
            told["item"] = "item" if self.model.metadata["protocol"] == "ec2" else "member"
        return told

    def wanted(self):
        """The paths of an item that something is said of, each with what is there."""
        row, wanted = self.row, {}
        for path in re.findall(r"\{(.*?)\}", row["arn"]):
            if not path.startswith("^"):
                wanted[path] = "id"
        for next_row in row["then"]:
            for _, value in next_row["given"]:
                (kind, value), = value.items()
                if kind == "of":
                    wanted[value] = "id"
                elif kind == "batch":
                    wanted[value[0]] = "id"
            for further in next_row["then"]:
                for _, value in further["given"]:
                    if "above" in value:
                        wanted[value["above"]] = "id"
        for path in [it.split("|")[0] for it in row["sent"]]:
            wanted.setdefault(path, "sent")
        for path in row["images"]:
            wanted[path] = "image"
        for path in row["image_arns"]:
            wanted[path] = "image arn"
        for parts in row["composed"]:
            within = parts["within"] + "."
            wanted[within + parts["repository"]] = "repository"
            for path, text in [(parts["tag"], "v#"), (parts["account"], "444455556666")]:
                if path:
                    wanted[within + path] = {"text": text}
            if parts["only"]:
                path, text = parts["only"]
                wanted[within + path] = {"text": text}
        for path in row["texts"]:
            wanted[path] = "text"
        for path in row["encoded"]:
            wanted[path] = "encoded"
        for both in row["resolved"]:
            within = both["within"] + "." if both["within"] else ""
            wanted[within + both["image"]] = "image"
            wanted[within + both["digest"]] = "digest"
        for counts in [row["counts"]] + [it["when"] for it in row["then"]]:
            if counts != "all":
                path, ended = counts["unless"]
                known = wanted.get(path)
                ended = ended + known["unless"][1] if isinstance(known, dict) else ended
                wanted[path] = {"unless": [path, ended]}
        return wanted

    def sample(self, shape, wanted, at):
        """An item that has what is wanted, and a secret wherever there is room for one."""
        if shape.type_name != "structure":
            what = wanted.get("", "id")
            return self.value(shape, what, at)
        parts, sample = {}, {}
        for path, what in wanted.items():
            head, _, rest = path.partition(".")
            parts.setdefault(head, {})[rest] = what
        for head, inner in parts.items():
            name, marks = re.fullmatch(r"([^\[{]*)((?:\[\]|\{\})*)", head).groups()
            found = members(shape).get(name)
            if found is None:
                continue
            inside = found[1]
            marks = re.findall(r"\[\]|\{\}", marks)
            for mark in marks:
                inside = inside.member if mark == "[]" else inside.value
            if inside.type_name == "structure":
                value = self.sample(inside, inner, f"{at}.{name}")
            elif inside.type_name == "map" and "" not in inner:
                value = {key: self.value(inside.value, it, f"{at}.{name}.{key}") for key, it in inner.items()}
            else:
                value = self.value(inside, next(iter(inner.values())), f"{at}.{name}")
            for mark in reversed(marks):
                value = [value] if mark == "[]" else {"key": value}
            known = sample.get(name)
            sample[name] = merged(known, value) if known is not None else value
        for name, (_, member) in members(shape).items():
            if name in sample or member.serialization.get("location") or TOKEN.fullmatch(name):
                continue
            if member.type_name == "string" and not getattr(member, "enum", None):
                sample[name] = CANARY
            elif member.type_name == "map" and member.value.type_name == "string":
                sample[name] = {"SECRET": CANARY}
            elif member.type_name in ("integer", "long") and name in wanted:
                sample[name] = 1
        return sample

    def value(self, shape, what, at):
        kind = shape.type_name
        if kind == "structure":
            return self.sample(shape, {}, at)
        if kind == "list":
            return [self.value(shape.member, what, at)]
        if kind == "map":
            return {"key": self.value(shape.value, what, at)}
        if kind in ("integer", "long", "double", "float", "timestamp"):
            return 1
        if kind == "boolean":
            return True
        if isinstance(what, dict) and "text" in what:
            return what["text"]
        if isinstance(what, dict):
            ended = what["unless"][1]
            known = [it for it in getattr(shape, "enum", None) or [] if it not in ended]
            return (known + ["NEW"])[0]
        repository = "table/" + hashlib.sha256(at.encode()).hexdigest()[:12]
        image = f"REGISTRY/{repository}:v#"
        document = json.dumps({"secret": CANARY, "command": f"run {image} --quiet"})
        return {
            "id": "s-" + re.sub(r"[^a-z]", "", at.lower()) + "#",
            "image": image,
            "image arn": f"REPOSITORIES/{repository}/sha256:" + hashlib.sha256(at.encode()).hexdigest(),
            "repository": repository,
            "text": document,
            "encoded": "base64:" + document,
            "digest": "sha256:" + hashlib.sha256(at.encode()).hexdigest(),
        }.get(what, CANARY)


def merged(one, other):
    """Two samples of one member as one."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {**one, **{key: merged(one[key], it) if key in one else it for key, it in other.items()}}
    if isinstance(one, list) and isinstance(other, list) and one and other:
        return [merged(one[0], other[0])]
    return other if one == CANARY else one


def visit(row, problems, calls, seen, above=None, found_for=None):
    call = Call(row, problems, above, found_for)
    if call.model is None:
        return
    call.check()
    calls.append(call)
    for next_row in row["then"]:
        visit(next_row, problems, calls, seen, found_for, call.item)
    seen |= call.walk.seen


def check_service(service, operation, problems):
    """Whether a service is spoken to as its model says."""
    name = NAMES.get(service["id"])
    if name is None:
        problems.append(f"{service['name']}: no service has the id `{service['id']}`")
        return
    model = SESSION.get_service_model(name)
    metadata = model.metadata
    before = (model.operation_model(operation).endpoint or {}).get("hostPrefix", "")
    at = lambda client: client.meta.endpoint_url.replace("https://", f"https://{before}")
    protocols = metadata.get("protocols", [metadata["protocol"]])
    signing = metadata.get("signingName", metadata["endpointPrefix"])

    def same(what, mine, theirs):
        if mine != theirs:
            problems.append(f"{service['name']}: its {what} is {theirs}, not {mine}")

    protocol = service["protocol"]
    same("signing name", service["name"], signing)
    if protocol == "rest_json":
        same("protocol", "rest-json" in protocols, True)
    elif "json_rpc" in protocol:
        same("protocol", "json" in protocols, True)
        same("target", protocol["json_rpc"]["target"], metadata["targetPrefix"])
        same("version", protocol["json_rpc"]["version"], metadata["jsonVersion"])
    else:
        same("protocol", bool({"query", "ec2"} & set(protocols)), True)
        same("version", protocol["query"]["version"], metadata["apiVersion"])
    for region in REGIONS:
        client = SESSION.create_client(
            name, region_name=region, aws_access_key_id="x", aws_secret_access_key="x",
            config=Config(use_fips_endpoint=False),
        )
        host = ("api." if service["reach"] == "region_behind_api" else "") + service["host"]
        same(f"endpoint in {region}", f"https://{host}.{region}.amazonaws.com", at(client))
    host, reach = service["host"], service["reach"]
    first, _, rest = host.partition(".")
    in_front = reach == "region_with_fips_in_front"
    fips = f"fips.{host}" if in_front else f"{first}-fips" + ("." + rest if rest else "")
    if reach == "region_behind_api":
        host, fips = f"api.{host}", f"api.{fips}"
    for region in ("us-east-1", "us-gov-west-1"):
        named = region == "us-east-1" or (
            reach == "region_behind_api" or not in_front and next(iter(reach.values()))["fips_in_govcloud"])
        client = SESSION.create_client(
            name, region_name=region, aws_access_key_id="x", aws_secret_access_key="x",
            config=Config(use_fips_endpoint=True),
        )
        same(f"FIPS endpoint in {region}",
             f"https://{fips if named else host}.{region}.amazonaws.com", at(client))


# Services of which botocore tells no Regions: where another one is of which they are a part, or only AWS's
# own page tells.
PART_OF = {"CleanRoomsML": "cleanrooms"}
ON_A_PAGE = {"Bedrock AgentCore Control"}


def check_regions(regions, problems):
    """Whether each service is known to be where its model says that it is."""
    for service, known in regions.items():
        name = NAMES.get(service)
        if name is None:
            problems.append(f"no service has the id `{service}`")
            continue
        name = PART_OF.get(service, name)
        there = {region for partition in SESSION.get_available_partitions()
                 for region in SESSION.get_available_regions(name, partition_name=partition)}
        if not there and service not in ON_A_PAGE:
            problems.append(f"nothing says in which Regions {service} is")
        if there - set(known):
            problems.append(f"{service} is in {sorted(there - set(known))}, too")


def reachable(model):
    """The structures in the answers of a service."""
    seen, left = {}, [model.operation_model(it).output_shape for it in model.operation_names]
    while left:
        shape = left.pop()
        if shape is None or shape.name in seen:
            continue
        seen[shape.name] = shape
        if shape.type_name == "structure":
            left.extend(shape.members.values())
        elif shape.type_name == "list":
            left.append(shape.member)
        elif shape.type_name == "map":
            left.append(shape.value)
    return [it for it in seen.values() if it.type_name == "structure"]


def unnamed(seen, exceptions):
    """The members that look like images, and that nobody has said anything of."""
    told, used = [], set()
    for name in SESSION.get_available_services():
        for shape in reachable(SESSION.get_service_model(name)):
            for member, inner in shape.members.items():
                texts = inner.member if inner.type_name == "list" else inner
                if not IMAGE.fullmatch(member) or texts.type_name != "string":
                    continue
                if (name, shape.name, member) in seen:
                    continue
                keys = [name, f"{name}.{shape.name}", f"{name}.{shape.name}.{member}"]
                known = [key for key in keys if key in exceptions]
                used.update(known)
                if not known:
                    told.append(f"{keys[-1]} looks like an image, and no row names it")
    told.extend(f"nothing is `{key}` any more" for key in exceptions if key not in used)
    return told


def main():
    services()
    asked = json.load(sys.stdin)
    problems, calls, seen = [], [], set()
    spoken_to = {}
    for table in asked["tables"]:
        for row in table["reads"]:
            visit(row, problems, calls, seen)
        if table["definitions"]:
            ecs = SESSION.get_service_model(NAMES["ECS"]).operation_model("ListTaskDefinitions")
            named = ecs.output_shape.members["taskDefinitionArns"].member
            visit(table["definitions"], problems, [], seen, None, named)
    for call in calls:
        spoken_to[call.row["service"]["id"]] = call.row["service"], call.row["operation"]
    for service, operation in spoken_to.values():
        check_service(service, operation, problems)
    check_regions(asked["regions"], problems)
    problems.extend(unnamed(seen, asked["exceptions"]))
    operations = {(it.row["service"]["id"], it.name): it.told() for it in calls if it.item is not None}
    json.dump({"problems": problems, "operations": [operations[key] for key in sorted(operations)]}, sys.stdout)


main()
