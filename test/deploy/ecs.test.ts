import { readFileSync } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../src/config/settings.ts';
import { healthCommand } from '../support/deploy/dockerfile.ts';
import { outsideTool } from '../support/deploy/outside-tool.ts';
import { blocksOf, ECS_FOLDER, readTerraform } from '../support/deploy/terraform.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const terraform = outsideTool('terraform', ['version'], 'deploy/ecs');
const files = readTerraform();
const all = files.map(({ text }) => text).join('\n');
const variables = blocksOf(files, 'variable');
const task = blocksOf(files, 'resource').get('aws_ecs_task_definition.host') ?? '';
const service = blocksOf(files, 'resource').get('aws_ecs_service.host') ?? '';

/** What a reference begins with: every `kind.name` outside of quotes, and inside of templates. */
function references(pattern: RegExp): Set<string> {
  return new Set([...all.matchAll(pattern)].map(([, name = '']) => name));
}

describe('without Terraform', () => {
  it('declares each variable that it uses, and uses each that it declares', () => {
    expect(references(/\bvar\.(\w+)/g)).toEqual(new Set(variables.keys()));
  });

  it('says of every variable what it is, of what type, and refuses what cannot be', () => {
    for (const [name, body] of variables) {
      expect(body, name).toMatch(/^ {2}description = ".+"$/m);
      expect(body, name).toMatch(/^ {2}type +=/m);
      const mayBeAnything = /type += bool/.test(body) || name === 'tags';
      expect(body.includes('validation {'), name).toBe(!mayBeAnything);
    }
  });

  it('refers to nothing that is not there', () => {
    const [locals = ''] = blocksOf(files, 'locals').values();
    for (const name of references(/\blocal\.(\w+)/g))
      expect(locals).toMatch(new RegExp(`^  ${name} +=`, 'm'));
    const resources = blocksOf(files, 'resource');
    const data = blocksOf(files, 'data');
    for (const name of references(/(?<!data\.)\b(aws_\w+\.\w+)\b(?!")/g))
      expect([...resources.keys()]).toContain(name);
    for (const name of references(/\bdata\.(aws_\w+\.\w+)/g)) expect([...data.keys()]).toContain(name);
  });

  it('has every brace closed', () => {
    for (const { name, code } of files) {
      for (const [open, close] of ['{}', '[]', '()']) {
        expect(code.split(open ?? '').length, name).toBe(code.split(close ?? '').length);
      }
    }
  });

  it("asks the host as the image's own health check does, at the port that it listens on", () => {
    const words = ['CMD', ...healthCommand].map((word) => `"${word}"`).join(', ');
    expect(task).toContain(`[${words}]`);
    expect(all).toMatch(new RegExp(`^ {2}port = ${SETTINGS.HTTP_PORT.default}$`, 'm'));
  });

  it('gives the host longer to stop than it takes, and no longer than Fargate allows', () => {
    expect(task).toMatch(/stopTimeout += var\.shutdown_timeout \+ 15/);
    expect(variables.get('shutdown_timeout')).toContain('var.shutdown_timeout <= 105');
    expect(variables.get('shutdown_timeout')).toMatch(
      new RegExp(`default += ${SETTINGS.SHUTDOWN_TIMEOUT.default}$`, 'm'),
    );
  });

  it('never goes back by itself to a version that may not start on the database any more', () => {
    expect(service).toMatch(/deployment_circuit_breaker \{\s+enable += true\s+rollback += false\s/);
  });

  it('runs the container read-only, not as root, and with its secrets by their address alone', () => {
    expect(task).toMatch(/readonlyRootFilesystem = true/);
    expect(task).toMatch(/user +=\s"1000:1000"/);
    expect(task).toContain('drop = ["ALL"]');
    expect(task).toMatch(/secrets += .*valueFrom = var\.secrets\[name\]/);
    expect(service).toMatch(/assign_public_ip = var\.assign_public_ip/);
  });

  it('lets the host read its agents file and nothing else of AWS', () => {
    const documents = blocksOf(files, 'data');
    const actions = [
      ...(documents.get('aws_iam_policy_document.agents_file') ?? '').matchAll(/actions +=.*/g),
    ];
    expect(actions.map(([text]) => text.replaceAll(/\s+/g, ' '))).toEqual([
      'actions = ["s3:GetObject"]',
      'actions = ["s3:ListBucket"]',
    ]);
    for (const body of documents.values()) expect(body).not.toMatch(/\["\*"\]|:\*"/);
    const opened = [...blocksOf(files, 'resource').keys()].filter((name) => name.includes('ingress'));
    expect(opened).toEqual(['aws_vpc_security_group_ingress_rule.monitoring']);
  });
});

describe('by Terraform', () => {
  /** Plans the variables alone: without AWS's provider nothing can be said of the rest. */
  const plan = async (...words: string[]) => {
    const folder = await temporaryDirectory();
    await cp(path.join(ECS_FOLDER, 'variables.tf'), path.join(folder, 'variables.tf'));
    await cp(path.join(ECS_FOLDER, 'terraform.tfvars.example'), path.join(folder, 'terraform.tfvars'));
    const locals = readFileSync(path.join(ECS_FOLDER, 'locals.tf'), 'utf8')
      .replaceAll(/^data .*$/gm, '')
      .replaceAll(/^.*aws_ecs_cluster.*$/gm, '');
    const shown = ['secret_arns', 'agents_bucket', 'agents_key', 'settings'].map((name) => `local.${name}`);
    const output = `output "all" { value = [${shown.join(', ')}] }`;
    await writeFile(path.join(folder, 'locals.tf'), `${locals}\n${output}\n`);
    return terraform.run(['plan', '-input=false', '-no-color', '-lock=false', ...words], folder);
  };

  it('is formatted', ({ skip }) => {
    if (terraform.missing !== undefined) skip(terraform.missing);
    const { code, output } = terraform.run(['fmt', '-check', '-diff', '-recursive', '.'], ECS_FOLDER);
    expect(code, output).toBe(0);
  });

  it('takes the example, and finds bucket, key and secrets in it', async ({ skip }) => {
    if (terraform.missing !== undefined) skip(terraform.missing);
    const { code, output } = await plan();
    expect(code, output).toBe(0);
    expect(output).toContain('"my-bucket"');
    expect(output).toContain('"troupe/agents.yaml"');
    expect(output).toContain('secret:troupe/providers-AbCdEf"');
  });

  it.for([
    ['image', 'troupe:latest'],
    ['image', 'troupe'],
    ['memory', '700'],
    ['cpu', '300'],
    ['secrets', '{ DATABASE_URL = "postgresql://troupe:hunter2@db/troupe" }'],
    ['settings', '{ OPENAI_API_KEY = "sk-123" }'],
    ['settings', '{ HTTP_PORT = "80" }'],
    ['agents_file', 'https://example.com/agents.yaml'],
    ['shutdown_timeout', '106'],
    ['host_count', '1.5'],
    ['subnet_ids', '[]'],
    ['cluster_arn', 'troupe'],
  ])('refuses %s = %s in words', async ([name = '', value = ''], { skip }) => {
    if (terraform.missing !== undefined) skip(terraform.missing);
    const { code, output } = await plan('-var', `${name}=${value}`);
    expect(code).toBe(1);
    expect(output).toContain('Invalid value for variable');
    expect(output).toContain(`variable "${name}"`);
    expect(output).not.toContain('hunter2');
  });
});
