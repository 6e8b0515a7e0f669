// What a person is about to send. Kept apart from the page's nodes: switching phones or language loses nothing.

const drafts = new Map();

const blank = () => ({ text: "", replyTo: null, editing: null, files: [], asFiles: false });

export function draftOf(id) {
  if (!drafts.has(id)) drafts.set(id, blank());
  return drafts.get(id);
}

export function clearDraft(id) {
  const draft = draftOf(id);
  draft.files.forEach((file) => URL.revokeObjectURL(file.preview));
  drafts.delete(id);
}

// What was sent last, in case it is refused: then it goes back to where it was written.
let sent = null;

export function remember(id, draft) {
  sent = { id, draft: { ...blank(), ...draft } };
}

// The id of the person who has something back, or null: what was written since is not overwritten.
export function giveBack() {
  const back = sent;
  sent = null;
  if (!back) return null;
  const { text, files } = draftOf(back.id);
  if (text || files.length) return null;
  const again = back.draft.files.map((one) => ({
    ...one,
    preview: one.isPhoto ? URL.createObjectURL(one.file) : "",
  }));
  drafts.set(back.id, { ...back.draft, files: again });
  return back.id;
}

const ALBUM = 10; // Telegram puts at most ten files into one album

// Photos and other files as the sends they become: [{as, files}], albums of at most ten.
export function parcels(draft) {
  const photos = draft.asFiles ? [] : draft.files.filter((file) => file.isPhoto);
  const others = draft.files.filter((file) => !photos.includes(file));
  return [...slices(photos, "photo"), ...slices(others, "document")];
}

function slices(files, as) {
  const count = Math.ceil(files.length / ALBUM);
  return Array.from({ length: count }, (_, index) => ({
    as,
    files: files.slice(index * ALBUM, (index + 1) * ALBUM),
  }));
}
