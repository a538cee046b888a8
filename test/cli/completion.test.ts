import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { quorumcast } from './harness.ts';

const hasBash = spawnSync('bash', ['--version']).status === 0;

/** What bash offers after these words; the last one is being typed. */
async function offered(...words: string[]): Promise<string[]> {
  const { stdout: script } = await quorumcast(['completion', 'bash']);
  const quoted = ['quorumcast', ...words].map((word) => `'${word}'`).join(' ');
  const ask = `${script}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _quorumcast; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', ask], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
}

test.runIf(hasBash)('bash offers commands, subcommands, choices and options', async () => {
  expect(await offered('se')).toEqual(['send']);
  expect(await offered('st')).toEqual(['status']);
  expect(await offered('cluster', '')).toEqual(
    expect.arrayContaining(['init', 'show', 'sign', 'merge', 'verify', 'diff']),
  );
  expect(await offered('cluster', 'sign', '--d')).toEqual(['--digest']);
  expect(await offered('--json', 'send', '--w')).toEqual(['--wait']);
  expect(await offered('completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
  expect(await offered('run', '--')).not.toContain('--exit-with-parent');
});

test('zsh and fish get scripts with every command', async () => {
  for (const shell of ['zsh', 'fish']) {
    const { stdout, code } = await quorumcast(['completion', shell]);
    expect(code).toBe(0);
    for (const word of ['keygen', 'cluster', 'merge', 'tail', 'timeout', 'doctor']) {
      expect(stdout, shell).toContain(word);
    }
    expect(stdout).not.toContain('exit-with-parent');
  }
});
