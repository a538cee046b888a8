export { EvidenceBook } from './book.ts';
export {
  checkProof,
  type ProofDocument,
  type ProofVerdict,
  parseProof,
  proofSchema,
} from './document.ts';
export { ProofFolder } from './folder.ts';
export { LateInitials } from './late.ts';
