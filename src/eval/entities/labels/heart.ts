/** @file How reports express the cardiac labels. */

import type { LabelPhrases } from "../phrase.ts";

const leaking = "(regurgitation|insufficiency|incompetence)";
const valves = "(aortic|mitral|tricuspid|pulmonary|pulmonic)( valves?)?";

/** A valve's own regurgitation and its part of a shared one: "mitral and tricuspid regurgitation". */
const regurgitationOf = (valve: string): string[] => [
  `${valve} (valve )?${leaking}`,
  `${valve}( valve)?(?=((,|,? and|,? or)( the)?( trace| trivial| mild| moderate| severe)? ${valves}){1,3} ${leaking})`,
  `${valve}(?<=${leaking} (of|at|across)( the)? (${valves}(,|,? and|,? or)( the)? ){0,3}${valve})( valve)?`,
];

export const heart = {
  "aortic dilation": {
    en: [
      "aort(a|ic)( root| sinus)? (dilat(at)?ion|ectasia|aneurysm)",
      "(dilated|dilat(at)?ion of( the)?|widened)( ascending)? aort(a|ic)( root)?",
      "aort(a|ic) … (dilated|widened|aneurysm)",
    ],
    zh: ["主动脉(窦部|根部)?(内径)?(增宽|扩张|瘤样扩张)", "(升)?主动脉…(增宽|扩张)", "主动脉(弓)?瘤"],
  },
  "aortic regurgitation": {
    en: regurgitationOf("aortic"),
    zh: ["主动脉瓣…(反流|返流|关闭不全)"],
  },
  "mitral regurgitation": {
    en: regurgitationOf("mitral"),
    zh: ["二尖瓣…(反流|返流|关闭不全)"],
  },
  "tricuspid regurgitation": {
    en: regurgitationOf("tricuspid"),
    zh: ["三尖瓣…(反流|返流|关闭不全)"],
  },
  "atrial enlargement": {
    en: [
      "(bi)?atrial (enlargement|dilat(at)?ion)",
      "atrial(?=(,| and| or)( left| right)? ventricular (enlargement|dilat(at)?ion))",
      "atri(um|a)(?<=(enlarged|dilated|enlargement of|dilat(at)?ion of)( the)?( left| right| both)? ventricles? and( the)?( left| right| both)? atri(um|a))",
      "(enlarged|dilated|enlargement of( the)?|dilat(at)?ion of( the)?)( left| right| both)? atri(um|a)",
      "atri(um|a) … (enlarged|dilated)",
    ],
    zh: ["(左|右|双|全)心?房…(增大|扩大|扩张)", "(左|右|双)房大"],
  },
  "ventricular enlargement": {
    en: [
      "(bi)?ventricular (enlargement|dilat(at)?ion)",
      "ventricular(?=(,| and| or)( left| right)? atrial (enlargement|dilat(at)?ion))",
      "ventricle(?<=(enlarged|dilated|enlargement of|dilat(at)?ion of)( the)?( left| right| both)? atri(um|a) and( the)?( left| right| both)? ventricle)",
      "(enlarged|dilated|enlargement of( the)?|dilat(at)?ion of( the)?)( left| right| both)? ventricle",
      "ventricle … (enlarged|dilated)",
    ],
    zh: ["(左|右|双|全)心?室(?!壁)…(增大|扩大|扩张)", "(左|右|双)室大", "全心(增大|扩大)"],
  },
  "hypertensive changes": {
    en: [
      "hypertensive (heart )?(change|disease|cardiopathy)",
      "(left ventricular|ventricular|myocardial|septal)( wall)? (hypertrophy|thickening)",
      "(left ventricular )?wall thickening",
      "lvh",
    ],
    zh: ["高血压(性)?(心脏|心肌)?(病|改变|心脏病)", "(左心?室壁|左室|室间隔|心肌)…(增厚|肥厚)"],
  },
  postoperative: {
    en: [
      "post ?operative( change)?",
      "(status )?post (surgery|repair|valve replacement|bypass)",
      "valve replacement",
      "prosthetic( heart| mitral| aortic)? valve",
      "(after|following) (surgery|repair)",
    ],
    zh: ["术后(改变)?", "(瓣膜|二尖瓣|主动脉瓣)*置换(术)?后?", "人工瓣(膜)?", "(修补|成形|封堵)术后"],
  },
  "pulmonary hypertension": {
    en: [
      "pulmonary (arterial |artery )?hypertension",
      "(elevated|raised) pulmonary( artery| arterial)? pressure",
    ],
    zh: ["肺动脉高压", "肺高压", "肺动脉(收缩)?压(力)?(增高|升高)"],
  },
  "pericardial effusion": {
    en: ["pericardial (effusion|fluid)", "fluid in the pericardi(um|al sac)"],
    zh: ["心包(腔)?(内)?(少量|中量|大量|微量)?(积液|液性暗区)"],
  },
  "coronary disease": {
    en: [
      "coronary (artery |heart )?disease",
      "(regional|segmental) wall motion abnormalit(y|ies)",
      "isch(a)?emic (heart disease|cardiomyopathy)",
      "myocardial infarct(ion)?",
    ],
    zh: [
      "冠心病",
      "冠状动脉(粥样硬化性)?(心脏)?病",
      "节段性(室壁)?运动异常",
      "心肌梗(死|塞)",
      "缺血性心(肌|脏)病",
    ],
  },
  "congenital disease": {
    en: [
      "congenital (heart )?(disease|defect)",
      "(atrial|ventricular) septal defect",
      "asd",
      "vsd",
      "patent ductus arteriosus",
      "pda",
      "tetralogy of fallot",
    ],
    zh: ["先天性心脏病", "先心病", "(房|室)间隔缺损", "动脉导管未闭", "法洛(氏)?四联症"],
  },
  "valvular degeneration": {
    en: [
      "(valv(e|ular)|degenerative valve) (degeneration|disease|calcification|sclerosis)",
      "degenerative( change of the)?( mitral| aortic)? val(ve|vular disease)",
    ],
    zh: ["瓣膜?…(退行性变|退变|退行性改变|钙化|老化)", "老年性瓣膜(病|退变)?"],
  },
  PFO: { en: ["pfo", "patent foramen ovale"], zh: ["卵圆孔未闭"] },
  "mitral stenosis": { en: ["mitral (valve )?stenosis"], zh: ["二尖瓣…狭窄"] },
  "implanted device": {
    en: [
      "pace ?maker( lead| wire)?",
      "implanted (device|defibrillator)",
      "icd( lead)?",
      "occluder( device)?",
    ],
    zh: ["起搏器(植入|术后|导线)?", "(起搏)?电极", "封堵器", "除颤器"],
  },
  "rheumatic disease": {
    en: ["rheumatic (heart |valve |valvular |mitral )?(disease|change)"],
    zh: ["风湿性(心脏病|心瓣膜病|瓣膜病|改变)", "风心病"],
  },
  "uraemic cardiomyopathy": {
    en: ["ur(a)?emic (cardiomyopathy|heart disease)"],
    zh: ["尿毒症(性)?心(肌|脏)(病|改变)"],
  },
  endocarditis: {
    en: ["(infective )?endocarditis", "(valv(e|ular) )?vegetation"],
    zh: ["(感染性)?心内膜炎", "赘生物"],
  },
  "tricuspid stenosis": { en: ["tricuspid (valve )?stenosis"], zh: ["三尖瓣…狭窄"] },
  "premature beat": {
    en: ["premature (beat|contraction)", "extrasystole", "ectopic beat"],
    zh: ["早搏", "期前收缩"],
  },
} as const satisfies LabelPhrases;
