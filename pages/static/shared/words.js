// Every sentence of the live view but the consent text, in one place. Plain words first; never "you are", no
// exclamation marks.

import { clock } from "./labels.js";

// The first card's own sentences come with GET /api/consent; these are its controls.
export const WELCOME = {
  name: "Attune",
  start: "Start",
  demo: "Show me a demo first",
  clip: "Analyse a clip",
  clipHint: "MP4, WebM, MOV or AVI; sound alone as M4A, WAV, OGG, MP3 or FLAC; up to 100 MB",
  needsCamera: "Switch the camera or the microphone on to start. The demo works without them.",
  loading: "Loading the consent text",
};

// Beside the first card.
export const PREVIEW = {
  label: "Attune at work on a made-up session",
  mark: "Synthetic demo",
  hold: "Hold the demo",
  go: "Let the demo run",
  /** how each modality speaks */
  says: {
    face: (/** @type {string} */ word) => `looks ${word}`,
    voice: (/** @type {string} */ word) => `sounds ${word}`,
    text: (/** @type {string} */ word) => `reads as ${word}`,
  },
};

// Short codes of the server, as people would say them.
/** @type {Record<string, string>} */
export const REASONS = {
  too_small: "too far away",
  off_frame: "partly out of the picture",
  low_light: "too dark",
  too_bright: "too bright",
  blurred: "blurred",
  turned_away: "looking away",
  occluded: "partly covered",
  low_detector_score: "face hardly visible",
  no_face: "no face in the picture",
  low_confidence: "no expression stands out",
  no_modality: "nothing to read yet",
  stale: "the last reading is old",
  no_speech: "nobody speaks",
  no_words: "no words yet",
  too_quiet: "too quiet",
  clipping: "too loud, distorted",
  noisy: "noisy",
  narrow_band: "as over a telephone",
  whispered: "whispered",
  short_speech: "little speech",
  no_voice_activity: "hardly any voice",
  short_text: "few words",
  other_script: "another script",
  unlearned_language: "another language",
  long_text: "only the beginning was read",
  unsure_transcript: "words unsure",
  negation: "a negation",
  idle_negation: "a not that means yes",
  intensifier: "said louder or softer",
  hedge: "a phrase that says little",
  question: "a question",
  emoji: "an emoji",
  face_voice_conflict: "face and voice disagree",
  face_text_conflict: "face and words disagree",
  voice_text_conflict: "voice and words disagree",
  possible_masking: "the one reads as positive, the other as negative",
};

/** @param {string[]} codes */
export const reasonWords = (codes) =>
  (codes ?? []).map((/** @type {string} */ code) => REASONS[code] ?? code.replaceAll("_", " ")).join(", ");

// How each modality speaks: "looks happy", "sounds sad", "reads as angry".
/** @type {Record<string, {name: string}>} */
export const MODALITIES = {
  face: { name: "Face" },
  voice: { name: "Voice" },
  text: { name: "Words" },
  fused: { name: "Together" },
};

export const LIVE = {
  kept: "Live, readings kept",
  notKept: "Live, nothing kept",
  paused: "Paused",
  waiting: "Getting ready",
  demo: "Demo: synthetic data",
  demoPlays: "Demo",
  clip: "Clip",
  pause: "Pause",
  resume: "Resume",
  stop: "Stop",
  settings: "Settings",
  together: "Together",
  leaning: (/** @type {string} */ word, /** @type {string} */ share) => `leaning ${word} (${share})`,
  notSure: "not sure",
  why: "Why",
  trend: "Trend",
  steady: "steady",
  right: "Was this right?",
  yes: "Yes",
  thanksKept: "Thank you, noted with the readings.",
  thanksNotKept: "Thank you. Readings are not kept, so this is not stored.",
  thanksClip: "Thank you. For a clip this goes into the downloaded summary only.",
  thanksDemo: "Thank you. This is the demo: nothing is sent.",
  quality: "quality",
  good: "good picture",
  noPicture: "No camera: voice and words are read.",
  age: (/** @type {number | null} */ seconds) => (seconds === null ? "no reading" : `${seconds.toFixed(1)} s ago`),
  otherFaces: (/** @type {number} */ count) => (count === 1 ? "1 other face" : `${count} other faces`),
  valence: "pleasant",
  arousal: "active",
  derived: "Valence (unpleasant to pleasant) and arousal (calm to active), derived from the probabilities",
  readings: "Readings",
  fusedFrom: (/** @type {number} */ count) => (count === 1 ? "one source" : `${count} sources`),
  another: "Another clip",
  done: "Done",
  announce: (/** @type {string} */ word) => `The expression ${word}`,
};

export const TIMELINE = {
  title: "The last 60 seconds",
  whole: "The whole clip",
  strips: "thin lines: what face, voice and words say alone",
  strip: { faces: "face", voice: "voice", text: "words" },
  mark: "Mark this moment",
  marker: (/** @type {number} */ number) => `mark ${number}`,
  empty: "Readings appear here",
  hint: "Point at it, or use the arrow keys, to read values",
  summary: (/** @type {string[]} */ parts) => (parts.length ? `Lately: ${parts.join(", ")}.` : "No readings yet."),
};

export const PREFLIGHT = {
  title: "A quick look first",
  intro: "It goes on by itself as soon as all is fine.",
  light: "Light",
  face: "Face",
  size: "Distance",
  sound: "Sound",
  waiting: "checking",
  ok: { light: "bright enough", face: "found", size: "close enough", sound: "heard" },
  hints: {
    dark: "Too dark: turn on a lamp or face a window.",
    bright: "Too bright: move away from the light behind you.",
    noFace: "No face yet: look into the camera.",
    far: "Come a little closer.",
    noServer: "Waiting for the server.",
    noSound: "Nothing heard yet: say something.",
  },
  go: "Continue anyway",
  cancel: "Cancel",
  asking: "Your browser asks for permission now. Choose Allow to go on.",
};

export const BANNERS = {
  refused: "The camera was refused. Allow it in your browser's address bar and press Start again, or watch the demo.",
  none: "No camera was found. Connect one and press Start again, or watch the demo.",
  busy: "The camera is used by another program. Close that program and press Start again.",
  insecure: "Browsers give the camera to secure pages only. Open this page over https or on localhost.",
  unplugged: "The camera is gone. Connect it again and press Resume.",
  gone: (/** @type {number} */ seconds) => `The server is not answering. Trying again in ${seconds} s.`,
  trying: "The server is not answering. Trying again now.",
  back: "The server is back. The session goes on.",
  anew: "The server is back. It had let the session go, so a new one has begun.",
  full: "The server is full at the moment.",
  expired: "The server no longer holds your consent. Please choose again to go on.",
  hidden: "Paused while this tab was hidden.",
  returned: "Welcome back. Your session is paused: press Resume to go on.",
  noServer: "The server cannot be reached. The demo works without it.",
  engine: (/** @type {string} */ name, /** @type {string} */ note) => `${name} is not available: ${note}`,
  camera: "The camera could not be opened.",
  noMicrophone: {
    refused: "The microphone was refused. You can allow it in your browser's address bar; typing works without it.",
    none: "No microphone was found. Typing works without it.",
    busy: "The microphone is used by another program. Typing works without it.",
    insecure: "Browsers give the microphone to secure pages only. Typing works without it.",
    gone: "The microphone is gone. Connect it again, then pause and resume; typing works without it.",
    camera: "The microphone could not be opened. Typing works without it.",
  },
  noCamera: "Going on without the camera: voice and words are read.",
  slow: "The connection is slow at the moment: readings lag behind your face.",
  retry: "Try now",
  close: "Close",
};

export const SUMMARY = {
  title: "Your session",
  titleDemo: "The demo session",
  titleClip: "The clip",
  none: "There were no readings in this session.",
  duration: "Duration",
  longest: "Longest span",
  changes: "Changes a minute",
  unsure: "Not sure",
  quality: "Mean picture quality",
  drops: "Pictures left out",
  shares: "Share of time by expression",
  kept: "Kept: readings. No pictures.",
  keptInPart: "Kept: readings up to the moment keeping was switched off. No pictures.",
  notKept: "Nothing was kept.",
  demo: "Synthetic data. Nothing was sent or kept.",
  lead: (/** @type {string} */ word, /** @type {string} */ share) => `Mostly read as ${word}, ${share} of the time.`,
  leadUnsure: "Most of the time the machine was not sure.",
  again: "Start again",
  download: "Download summary",
  caution: "These are a machine's estimates of expressions. They can be wrong.",
};

export const CLIP = {
  uploading: "Sending the clip",
  analysing: "Reading the clip",
  cancel: "Cancel",
  tooLarge: "The clip is larger than 100 MB. Please choose a shorter one.",
  failed: "The clip could not be read.",
  noFaces: "No face was found in this clip.",
  note: "The clip is read in memory and forgotten; it never reaches a disk.",
  progress: (/** @type {number} */ done, /** @type {number} */ total) =>
    total ? `${clock(done)} of ${clock(total)}` : `${clock(done)} read`,
};

export const SETTINGS = {
  title: "Settings",
  classes: "Expressions shown",
  seven: "Seven",
  four: "Four",
  fourHint: "Four adds disgust to angry, fear to sad and surprise to neutral.",
  theme: "Theme",
  auto: "Auto",
  light: "Light",
  dark: "Dark",
  mirror: "Mirror my picture",
  fps: "Pictures a second",
  keep: "Keep readings",
  keepHint: "Switching off stops storing at once; what is stored stays.",
  weights: "How much each source counts",
  patience: "Patience: silence after which you have finished",
  patienceHint:
    "In English about half of it where your words end a sentence, and 1.7 times as much where something must follow.",
  smoothing: "Smoothing",
  language: "Language you speak and type",
  seconds: (/** @type {number} */ value) => `${Number(value).toFixed(1)} s`,
  reset: "Back to the usual",
  engines: "Models",
  atHome: "At home",
  onStrangers: "On strangers",
  /** @type {(where: string, middle: number, least: number, most: number, count: number, on: string) => string} */
  figure: (where, middle, least, most, count, on) =>
    `${where} ${middle} of 100 right (${least} to ${most}): ${count.toLocaleString()} of ${on}`,
  close: "Close",
};

export const STATUS = {
  fps: "pictures/s",
  drops: "left out",
  latency: "ms",
  stored: (/** @type {number} */ seconds) => `stored up to ${clock(seconds)}`,
  storing: "storing readings",
  label: "How the session runs",
  titles: {
    fps: "Pictures read each second",
    drops: "Pictures left out so that the newest is read first",
    latency: "From the camera to the reading on this screen",
    stored: "What has safely reached the server's disk",
  },
  keptClip: "readings kept",
  storedBefore: "no longer storing",
  notStored: "nothing stored",
  notSent: "nothing sent",
};

export const SPOKEN = {
  title: "What was said",
  quiet: "quiet",
  speaking: "speaking",
  level: "Microphone level",
  mute: "Mute",
  unmute: "Unmute",
  type: "Type something instead",
  send: "Send",
  empty: "Speak or type: each sentence appears here with its own reading.",
  emptyTyped: "Type something: each sentence appears here with its own reading.",
  typed: "typed",
  heard: "heard",
  heardRoughly: "heard, words may be wrong",
  notUnderstood: "speech, words not understood",
  rough: "Transcription is rough here: words may be wrong. Typing is exact.",
  typeInstead: "Speech in this language is not turned into words here: type instead.",
  /** @param {string} note what is missing and the command that brings it */
  languageMissing: (note) => `Type instead: ${note}`,
};

export const COMPANION = {
  title: "Companion",
  idle: "here",
  listening: "listening",
  thinking: "thinking",
  speaking: "speaking",
  stop: "Stop speaking",
  soundOff: "Sound off",
  soundOn: "Sound on",
  greet: "Say hello",
  whatItIsNot: "A program that asks back. No therapist, no diagnosis; in danger call 112.",
  engine: (/** @type {string} */ name, /** @type {boolean} */ leaves) =>
    leaves ? `${name}: your words leave this machine` : `${name}: words stay on this machine`,
  noEngine: "nobody answers here",
  blocked: "The browser holds the sound back: press Sound off and on.",
  said: "companion",
  cut: "stopped here",
  settings: "Companion",
  replies: "It answers",
  voice: "Voice",
  voices: [
    ["female", "Female"],
    ["male", "Male"],
  ],
  personality: "Manner",
  personalities: [
    ["therapist", "Listening"],
    ["coach", "Practical"],
  ],
  style: "Length of its answers",
  styles: [
    ["brief", "Brief"],
    ["balanced", "Balanced"],
    ["detailed", "Detailed"],
  ],
  replyEngine: "Who answers",
  leaves: (/** @type {string} */ name) => `${name} (words leave this machine)`,
  face: "Its face",
  faces: [
    ["face", "Drawn"],
    ["3d", "3D"],
  ],
  own: "A head of your own (GLB)",
  address: "or its https address",
  fetch: "Load",
  ownHint: "A .glb file up to 50 MB, with mouth shapes named as ARKit or Oculus do. It stays in this browser.",
  forget: "Remove my head",
};

export const BASELINE = {
  title: "Your neutral face and voice",
  what:
    "Thirty calm seconds teach Attune how you look and sound at rest, so that your usual face is not " +
    "read as a mood.",
  start: "Start 30 seconds",
  running: (/** @type {number} */ left) =>
    `Look at the screen, relaxed, and say the days of the week calmly. ${left} s left.`,
  stop: "Finish now",
  ready: (/** @type {string} */ names) => `Measured: ${names}. Readings are now compared with your own rest.`,
  again: "Measure again",
  remove: "Remove",
  sure: "Remove for good?",
};

/** @type {Record<string, string>} */
export const DISAGREE = {
  face_voice_conflict:
    "Face and voice tell different things at the moment. " +
    "That happens with jokes, politeness, tiredness, or when one of the readings is wrong.",
  face_text_conflict:
    "Face and words tell different things at the moment. " +
    "That happens with irony, politeness, or when one of the readings is wrong.",
  voice_text_conflict:
    "Voice and words tell different things at the moment. " +
    "That happens with irony, reading aloud, or when one of the readings is wrong.",
};

/** @type {[string, string][]} */
export const LANGUAGES = [
  ["en", "English"],
  ["de", "Deutsch"],
  ["nl", "Nederlands"],
  ["fr", "Français"],
  ["es", "Español"],
  ["it", "Italiano"],
  ["pt", "Português"],
  ["pl", "Polski"],
  ["sv", "Svenska"],
];

// What stands for an engine where a visitor reads; its own name stays in the settings and the API.
/** @type {Record<string, string>} */
const ENGINES = {
  face_compact: "our face model",
  voice_compact: "our voice model",
  encode_moonshine: "the speech recogniser's ear",
  text_compact: "our words model",
  reply_offline: "Attune's own answers",
  reply_openai: "a language model",
  reply_groq: "Groq, a language model",
  transcribe_moonshine: "the speech recogniser",
  transcribe_whisper: "the speech recogniser Whisper",
  transcribe_whisper_base: "the speech recogniser Whisper",
  speech_silero: "the detector of speech",
  turn_smart: "the detector of ended turns",
  decode_picture: "the reader of pictures",
  detect_mtcnn: "the face finder",
  speak_hibari: "the English voice",
  speak_espeak: "the voice for all languages",
  speak_piper: "the voice Piper",
  synthetic: "made up for the demo",
};

/** Engines by their display names; "a+b" are two at work together. @param {string} names */
export const engineWord = (names) =>
  names
    .split("+")
    .map((name) => ENGINES[name] ?? name.replaceAll("_", " "))
    .join(" and ");

export const TABS = { gauges: "Gauges", words: "Companion", timeline: "Timeline" };
