"""Holds the Terraform module against the templates that it deploys.

`npm run test:terraform`. No registry that can be had here has Terraform's provider, so the module is not
planned: it is parsed, and what it says is compared with what the templates and the package have.
"""

import json
import pathlib
import re
import unittest

import environment

INFRA = pathlib.Path(__file__).resolve().parents[1]
ROOT = INFRA.parent
MODULE = INFRA / "terraform"
REQUIREMENTS = INFRA / "test/terraform-requirements.txt"

# What the resources of the provider know, as its documentation says.
ARGUMENTS = {
    "aws_s3_bucket": {"bucket"},
    "aws_s3_object": {"bucket", "key", "source", "source_hash", "content_type"},
    "aws_cloudformation_stack": {
        "name",
        "template_url",
        "capabilities",
        "iam_role_arn",
        "parameters",
        "tags",
    },
}
OF_TERRAFORM = {"for_each", "depends_on"}
ATTRIBUTES = {
    "aws_s3_bucket": {"id", "bucket_regional_domain_name"},
    "aws_s3_object": {"key"},
    "aws_cloudformation_stack": {"outputs"},
}


def named(blocks):
    """The blocks of one kind by their labels, as Terraform names them."""
    return {label.strip('"'): body for block in blocks for label, body in block.items()}


def members(body):
    return {key: value for key, value in body.items() if not key.startswith("__")}


class Module(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        import hcl2

        texts = {path.name: path.read_text() for path in sorted(MODULE.glob("*.tf"))}
        parsed = {name: hcl2.loads(text) for name, text in texts.items()}
        cls.text = "\n".join(texts.values())
        cls.variables = named(parsed["variables.tf"]["variable"])
        cls.outputs = named(parsed["outputs.tf"]["output"])
        main = parsed["main.tf"]
        cls.locals = members(main["locals"][0])
        cls.blocks = {
            (kind, type_.strip('"'), name.strip('"')): members(body)
            for kind in ["data", "resource"]
            for block in main[kind]
            for type_, named_ in members(block).items()
            for name, body in members(named_).items()
        }
        snapshots = INFRA / "test/snapshots"
        cls.templates = {
            name: json.loads((snapshots / f"{name}.template.json").read_text())
            for name in ["dry-run", "deletion"]
        }

    def resource(self, name):
        (found,) = [body for (_, _, it), body in self.blocks.items() if it == name]
        return found

    def test_what_is_named_is_there_and_what_is_there_is_named(self):
        self.assertEqual(set(re.findall(r"\bvar\.(\w+)", self.text)), set(self.variables))
        self.assertEqual(set(re.findall(r"\blocal\.(\w+)", self.text)), set(self.locals))
        for type_, name, attribute in re.findall(
            r"(?:\bdata\.)?\b(aws_\w+)\.(\w+)(?:\.(\w+))?", self.text
        ):
            self.assertIn((type_, name), {(it, of) for _, it, of in self.blocks})
            if attribute:
                self.assertIn(attribute, ATTRIBUTES[type_])

    def test_every_variable_and_output_is_described_and_has_a_type(self):
        for name, variable in self.variables.items():
            self.assertTrue(variable["description"].strip('"'), name)
            self.assertIn("type", variable, name)
        for name, output in self.outputs.items():
            self.assertTrue(output["description"].strip('"'), name)

    def test_only_arguments_that_a_resource_knows_are_given(self):
        for (_, type_, name), body in self.blocks.items():
            self.assertLessEqual(set(body), ARGUMENTS[type_] | OF_TERRAFORM, name)

    def test_the_parameters_are_those_of_the_plain_template_and_nothing_else_has_to_be_given(self):
        plain = "".join(
            (INFRA / f"lib/{name}.ts").read_text() for name in ["plain-stack", "notice-parameters"]
        )
        declared = set(re.findall(r"(?:new CfnParameter|= list)\(\s*stack,\s*'(\w+)'", plain))
        self.assertEqual(len(declared), 5)
        self.assertEqual(set(members(self.resource("home")["parameters"])), declared)

    def test_every_part_of_a_notice_reaches_what_needs_it(self):
        parts = set(re.findall(r"(\w+)\s*=\s*(?:optional\()?string", self.variables["notices"]["type"]))
        self.assertEqual(parts, {"kind", "secret", "channel", "key"})
        told = set(re.findall(r"(\w+)\s*=\s*it\.\1", self.locals["notices"]))
        schema = json.loads((INFRA / "ecr-sweep.schema.json").read_text())
        notice = schema["properties"]["notices"]["items"]
        self.assertEqual(parts, set(notice["properties"]))
        # IAM alone needs the keys.
        self.assertEqual(told, parts - {"key"})
        parameters = self.resource("home")["parameters"]
        self.assertEqual(parameters["Notices"], "${local.notices}")
        self.assertIn("it.secret", parameters["NoticeSecrets"])
        self.assertIn("it.key", parameters["NoticeKeys"])
        kinds = set(re.findall(r'"([\w-]+)"', self.text.split("contains([")[1].split("]")[0]))
        self.assertEqual(kinds, set(notice["properties"]["kind"]["enum"]))

    def test_what_is_read_of_the_stack_it_gives_out_with_deletion_and_without(self):
        read = set(re.findall(r'\boutputs\["(\w+)"\]', self.text))
        self.assertTrue(read)
        for name, template in self.templates.items():
            self.assertLessEqual(read, set(template["Outputs"]), name)

    def test_it_deploys_the_templates_that_the_package_has(self):
        packaged = (ROOT / "xtask/src/package/templates.rs").read_text()
        with_, without = re.findall(r'"(EcrSweep-[\w.-]+)\\?"', self.locals["template"].replace("\\", ""))
        self.assertIn(f'("true", "EcrSweep", "{with_}")', packaged)
        self.assertIn(f'("false", "EcrSweep", "{without}")', packaged)

    def test_the_stack_is_made_after_its_code_and_is_allowed_to_name_roles(self):
        home = self.resource("home")
        self.assertEqual(home["depends_on"], ["${aws_s3_object.archive}"])
        self.assertEqual(home["capabilities"], ['"CAPABILITY_NAMED_IAM"'])
        for template in self.templates.values():
            names = [
                it
                for it in template["Resources"].values()
                if it["Type"] == "AWS::IAM::Role" and "RoleName" in it["Properties"]
            ]
            self.assertTrue(names)

    def test_the_policy_is_where_the_functions_read_it(self):
        policy = self.resource("policy")
        key = policy["key"].strip('"')
        for template in self.templates.values():
            self.assertIn(f'"/{key}"', json.dumps(template))
        self.assertIn('outputs["BucketName"]', policy["bucket"])

    def test_archives_are_where_the_template_looks_for_them(self):
        archive = self.resource("archive")
        self.assertEqual(archive["key"], '"${var.code_prefix}${each.value}"')
        self.assertEqual(archive["for_each"], '${fileset(var.package, "*.zip")}')
        self.assertEqual(self.resource("home")["parameters"]["CodePrefix"], "${var.code_prefix}")


if __name__ == "__main__":
    environment.enter("terraform", REQUIREMENTS, "hcl2")
    unittest.main()
