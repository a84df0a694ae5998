// Puts together what requests to Jira are held against: node cut.mjs JIRA SEARCH TARGET
//
// JIRA is Atlassian's description of the API, as a directory of descriptions keeps it; SEARCH describes the
// search that came later, written down from its documentation. Texts have a schema of their own.
import { readFileSync, writeFileSync } from "node:fs";

const [jira, search, target] = process.argv.slice(2);
const read = (path) => JSON.parse(readFileSync(path, "utf8"));
const [whole, added] = [read(jira), read(search)];
const wanted = {
  "/rest/api/3/issue": ["post"],
  "/rest/api/3/issue/{issueIdOrKey}": ["get", "put"],
  "/rest/api/3/issue/{issueIdOrKey}/transitions": ["get", "post"],
  "/rest/api/3/myself": ["get"],
  "/rest/api/3/project/{projectIdOrKey}": ["get"],
};
const paths = { ...added.paths };
for (const [path, methods] of Object.entries(wanted)) {
  paths[path] = Object.fromEntries(methods.map((method) => [method, operation(whole.paths[path][method], method)]));
}

// What is answered is the stub's business, and who may ask as well.
function operation({ operationId, parameters, requestBody }, method) {
  const responses = { 200: { description: "done" } };
  if (requestBody) {
    const body = requestBody.content["application/json"];
    delete body.example;
    if (operationId !== "doTransition") body.schema = { allOf: [body.schema, { $ref: "#/components/schemas/ours" }] };
  }
  return { operationId, parameters, requestBody, responses, tags: [method] };
}

const schemas = {
  // Fields are free in the description; their documentation says this of those that are sent.
  ours: {
    type: "object",
    required: ["fields"],
    additionalProperties: false,
    properties: {
      fields: {
        type: "object",
        additionalProperties: false,
        properties: {
          project: { type: "object", required: ["key"], properties: { key: { type: "string" } } },
          issuetype: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
          summary: { type: "string", minLength: 1, maxLength: 255, pattern: "^[^\\n]*$" },
          labels: { type: "array", items: { type: "string", maxLength: 255, pattern: "^\\S+$" } },
          description: { type: "object" },
        },
      },
      properties: { type: "array" },
    },
  },
};

function follow(node) {
  if (Array.isArray(node)) return node.forEach(follow);
  if (node === null || typeof node !== "object") return;
  if (node.nullable && !node.type) delete node.nullable;
  for (const [key, value] of Object.entries(node)) {
    if (key !== "$ref" || typeof value !== "string") {
      follow(value);
      continue;
    }
    const name = value.split("/")[3];
    if (name in schemas) continue;
    schemas[name] = whole.components.schemas[name];
    follow(schemas[name]);
  }
}

follow(paths);
const { openapi, info } = whole;
writeFileSync(target, JSON.stringify({ openapi, info, servers: [{ url: "/" }], paths, components: { schemas } }));
